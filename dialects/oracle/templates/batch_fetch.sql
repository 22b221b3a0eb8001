        fetch "ROWS" bulk collect into "given" limit {{ it.limit }};
        exit when "given".count = 0;
        for "at" in 1 .. "given".count loop
            {{ it.add }};
        end loop;
        {{ it.package }}."RUN_BATCH"("batch");
