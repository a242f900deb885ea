"""``xbarsim schema``: what a scenario may say, for editors."""


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors.

    Example: [bold]xbarsim schema > scenario.schema.json[/bold]
    """
    import json

    from xbarsim.scenario import json_schema

    print(json.dumps(json_schema(), indent=2))
