"""The text of docs/performance.md, a section each; report.py puts the figures into it."""

from __future__ import annotations

OPENING = """\
Written by `script/bench`. How fast do calls and rows get to AWS Lambda and back, and what is gained by which way?

- **What is compared**: the same call, or the same rows, sent in several ways in one run, in random order, against one
  endpoint. That is a program in C on the same machine; it answers as Lambda's Invoke API does, at once or after 10 or
  50 ms, and runs no handler. So a figure is the cost of the way there, and no real AWS is in it.
- **What the figures mean**: ratios count, because both sides were measured beside each other. Absolute figures belong
  to this machine. Each is a median, of {rounds} rounds where rows are sent. All programs share one CPU: at 0 ms a
  figure is the CPU time of both ends, and more calls in flight or more sessions gain nothing there; at 10 and 50 ms it
  is mostly waiting, as it is in real life.
- **Who is compared**: **udfgen**; the **ancestor**'s style, which is a client per call as in the 2016 sample; a program
  beside the database that reads the rows and calls with a kept **boto3** client; and as the floor a **client in C**
  that posts the same bytes over kept connections, unsigned and unread.
- **The machine**: {cpu}, {cores} cores, {system}, Python {python}.
"""

MANY_ROWS = """\
A row at a time waits for each answer. A [batch](batches.md) sends many rows in a call, and may have several calls in
flight. 10,000 rows against an endpoint that takes 10 ms, 100 rows a call, 8 in flight, HTTP; waiting alone is 0.13 s.

| | row at a time, s | batch, s | times as fast |
|---|---:|---:|---:|
{first}

Row at a time was measured on fewer rows; its seconds are those of 10,000 at that pace.

![Times as fast as row at a time, 10 ms a call: {gains}](performance/ways.svg)

The more rows a call, the less each waits, until making and reading the JSON is what takes the time. Dashed lines are
one call at a time.

![{postgresql}](performance/batch-postgresql.svg)

![{mariadb}](performance/batch-mariadb.svg)

Rows a second in batches, by rows a call, one session, 10 ms a call, HTTP / HTTPS:

| rows a call | {sizes} |
|---|---:|---:|---:|---:|---:|
{rates}

Oracle and SQL Server send one call after the other. They do not run here: what is measured is Oracle's core in a JVM
and SQL Server's assembly under Mono, without their SQL. The client in C posts and receives the same bodies.

Rows a second in one session / in eight at the same time (of the programs: threads or connections), HTTP, by the
endpoint's delay:

| | 0 ms | 10 ms | 50 ms |
|---|---:|---:|---:|
{sessions}
"""

MEMORY = """\
{rows} rows in batches, 1,000 rows a call, 8 in flight, 10,000 rows a statement where a program sends them in chunks.
MB that the process has written for itself alone: of PostgreSQL the session's, of MariaDB, where sessions are threads,
the server's.

| | before | after a tenth | half way | at the end |
|---|---:|---:|---:|---:|
{cells}

![MB from a tenth of the rows to all of them: {alt}](performance/memory.svg)
"""

WARM_CALL = """\
`score_customer(bigint, varchar) returns decimal(5,2)`, one row, one session, against the endpoint that answers at once.

![Times as fast as what it is compared with: {ratios}](performance/ratios.svg)

In PostgreSQL:

| | HTTP | HTTPS |
|---|---:|---:|
{calls}

- **http.client** is udfgen's own core with the standard library's HTTP client and keep-alive in place of its own.
- **boto3 kept** is a boto3 client that is made once per session, and JSON built by PostgreSQL.
- **ancestor** is the style of the 2016 sample: a boto3 client per call.

In MariaDB, from one statement that makes thousands of calls:

| | HTTP | HTTPS |
|---|---:|---:|
{library}

- **curl loop** is a C++ program: one kept libcurl handle, the core's own signer, no database. What udfgen takes beyond
  it is the stored function, the types and the checks; after each round trip the server's code is cold in the caches.
- **new handle** is the ancestor's style: udfgen's own library, built without the lines that keep a handle. Over HTTPS
  each new handle reads the system's file of authorities.
"""

JAVA = """\
The entry point that Oracle would call, in JDK 17, against the AWS SDK for Java 2 making the same Invoke. No Oracle runs
here, and its JVM is another one. Every database session starts a JVM, so a first call counts as much as a warm one.

| | HTTP | HTTPS |
|---|---:|---:|
{java}

- **first call** is the time from the first line of `main` to the first reply, in a fresh JVM; **process** is all of it.
  What stands in for the session's own database is opened before, in udfgen's process.
- **SDK** is one client that is kept; its HTTP client, region and provider of credentials are named, as AWS advises for
  a fast start. It signs and sends: types, checks and reading the JSON are left out.
- **HttpURLConnection** is the JDK's own client with keep-alive, unsigned, unparsed, in the mode that never sends a POST
  a second time: it then polls the connection for 1 ms before each call. That is why the core speaks HTTP by itself.
"""

CLR = """\
The static method that SQL Server would call, beside a loop of `HttpWebRequest` that posts the same body over one kept
connection. No SQL Server runs here, and its CLR is another one: only the two beside each other say something.

| | HTTP | HTTPS |
|---|---:|---:|
{clr}

- **HttpWebRequest** is unsigned and unparsed, in the mode that does not buffer what it writes. .NET Framework's may
  send a POST again by itself, which is one reason why the core speaks HTTP over sockets.
- **first call** is the time from the first line of `Main` to the first reply, in a fresh process.
"""

FIRST_CALL = """\
In PostgreSQL: Python, the core, connection and signature, with credentials from the environment; what the session then
holds for itself.

| | HTTP | HTTPS |
|---|---:|---:|
{first}
"""

SCALE = """\
Specs of scalars, table results, pages and queued calls in turn, with constraints, examples and grants; `check` and
`build` for all four engines. Each command is a process of its own: seconds by the clock, and seconds of CPU that the
command used; the server's are not in it.

| | {sizes} |
|---|{rules}
{scale}

The same CPU time by function, in milliseconds: it falls to what a function costs, as start-up is shared by more.

| | {sizes} |
|---|{rules}
{each}

Memory at its peak, in MB.

| | {sizes} |
|---|{rules}
{memory}

`udfgen --help` takes {help:.0f} ms. **build, nothing to change** goes by digests of the spec, of the compiler and of
the generated files; **build --check** compiles the spec, as a proof must. **compile** is one C++ library; most of its
time is the core, which is the same in every install. A private MariaDB writes each statement of DDL to disk by itself,
which is where its seconds go.
"""
