do release_lock({{ it.lock }});
