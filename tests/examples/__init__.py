"""The examples as their readers run them, against stand-ins of AWS that can be asked what arrived."""
