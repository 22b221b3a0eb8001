alter trigger {{ it.name }} enable
