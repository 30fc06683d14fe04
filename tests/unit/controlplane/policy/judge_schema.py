#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Judge documents by schemas with a validator that we did not write.

    judge_schema.py SCHEMA... < lines "SCHEMA-NUMBER FILE"

Prints a line for each document: "valid", "invalid", or "no JSON" (also for a key twice: the
reader refuses it, and parsers differ). A schema that is none ends it with status 2.
"""
import json
import sys

import jsonschema


def once(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise ValueError("a key twice")
    return dict(pairs)


def main():
    validators = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as f:
            schema = json.load(f)
        jsonschema.Draft7Validator.check_schema(schema)
        validators.append(jsonschema.Draft7Validator(schema))
    for line in sys.stdin:
        number, path = line.split()
        try:
            with open(path, encoding="utf-8") as f:
                document = json.load(f, object_pairs_hook=once)
        except (ValueError, RecursionError):
            print("no JSON")
            continue
        print("valid" if validators[int(number)].is_valid(document) else "invalid")


if __name__ == "__main__":
    try:
        main()
    except jsonschema.SchemaError as error:
        print(f"not a schema: {error.message}", file=sys.stderr)
        sys.exit(2)
