-- The 2016 ancestor's style, ported to Python 3: a client per call, text in, text out.
create schema if not exists ancestor;
create or replace function ancestor.awslambda_fn(fn_name text, fn_args text) returns text language plpython3u as $$
import boto3, os
client = boto3.client('lambda', region_name='eu-west-1', endpoint_url=os.environ['AWS_ENDPOINT_URL_LAMBDA'],
                      verify=os.environ.get('AWS_CA_BUNDLE'))
response = client.invoke(FunctionName=fn_name, Payload=fn_args)
payload = response['Payload'].read()
if 'FunctionError' in response:
    raise Exception(payload)
return payload.decode()
$$;
create or replace function ancestor.score_customer(customer_id bigint, tier text) returns numeric language sql as $$
select (ancestor.awslambda_fn('score',
    json_build_object('customer', customer_id, 'tier', tier, 'source', 'sql')::text)::json ->> 'score')::numeric
$$;

-- The way a careful author keeps it fast with the SDK: one client per session.
create or replace function ancestor.cached_fn(fn_name text, fn_args text) returns text language plpython3u as $$
client = GD.get('ancestor client')
if client is None:
    import boto3, os
    client = GD['ancestor client'] = boto3.client('lambda', region_name='eu-west-1',
        endpoint_url=os.environ['AWS_ENDPOINT_URL_LAMBDA'], verify=os.environ.get('AWS_CA_BUNDLE'))
response = client.invoke(FunctionName=fn_name, Payload=fn_args)
payload = response['Payload'].read()
if 'FunctionError' in response:
    raise Exception(payload)
return payload.decode()
$$;
create or replace function ancestor.score_customer_cached(customer_id bigint, tier text) returns numeric language sql as $$
select (ancestor.cached_fn('score',
    json_build_object('customer', customer_id, 'tier', tier, 'source', 'sql')::text)::json ->> 'score')::numeric
$$;
