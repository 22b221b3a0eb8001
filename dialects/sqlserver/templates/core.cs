// {{ it.heading }}

{{ it.text }}
