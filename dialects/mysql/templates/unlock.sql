do release_lock('udfgen');
