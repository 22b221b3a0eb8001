"""log-event: takes an event and writes it to the log."""


def handler(event: dict, context: object) -> None:
    print(f"event {event['kind']}: {event['details']}")
