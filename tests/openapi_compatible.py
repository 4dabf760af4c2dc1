"""Refuses a change of openapi.yaml that breaks a caller of the version before.

    openapi_compatible.py BEFORE AFTER    prints what is incompatible, and exits with 1 if anything is
    openapi_compatible.py --self-test     plants changes in a small document and looks whether they are found

A request that was taken before must be taken now; an answer must hold what a caller could rely on. New operations, new
optional fields in requests, new keys and new error codes in answers are compatible.
"""

import copy
import sys

import yaml

LIMITS_BELOW = ("minimum", "minLength", "minItems", "minProperties")
LIMITS_ABOVE = ("maximum", "maxLength", "maxItems", "maxProperties")
# A caller that does not know a new error code still knows the HTTP status.
MAY_GROW = ("errorCode",)


def resolve(document, node):
    while isinstance(node, dict) and "$ref" in node:
        reference = node["$ref"]
        node = document
        for key in reference.removeprefix("#/").split("/"):
            node = node[key]
    return node


def narrowed(old, new, at, is_answer):
    """What `wide` allowed and `narrow` does not. For an answer the two change places: it may not allow more than before."""
    old_document, old_schema = old
    new_document, new_schema = new
    old_schema, new_schema = resolve(old_document, old_schema), resolve(new_document, new_schema)
    wide, narrow = (new_schema, old_schema) if is_answer else (old_schema, new_schema)
    name = at.rsplit("/", 1)[-1]
    if wide.get("type") != narrow.get("type") and narrow.get("type") is not None:
        yield f"{at}: the type changed"
        return
    if wide.get("nullable") and not narrow.get("nullable"):
        yield f"{at}: null is {'new' if is_answer else 'not taken any more'}"
    if narrow.get("enum") is not None and not (is_answer and name in MAY_GROW):
        lost = [value for value in wide.get("enum") or ["any value"] if value not in narrow["enum"]]
        if lost:
            yield f"{at}: {', '.join(map(str, lost))} {'is new' if is_answer else 'is not taken any more'}"
    if not is_answer:
        for key in ("pattern", "format"):
            if narrow.get(key) is not None and wide.get(key) != narrow.get(key):
                yield f"{at}: the {key} changed"
        for keys, is_narrower in ((LIMITS_BELOW, lambda a, b: b > a), (LIMITS_ABOVE, lambda a, b: b < a)):
            for key in keys:
                if key in narrow and (key not in wide or is_narrower(wide[key], narrow[key])):
                    yield f"{at}: {key} is narrower"
    yield from of_objects((old_document, old_schema), (new_document, new_schema), at, is_answer)
    if "items" in old_schema and "items" in new_schema:
        yield from narrowed((old_document, old_schema["items"]), (new_document, new_schema["items"]), f"{at}/items", is_answer)
    for key in ("allOf", "anyOf", "oneOf"):
        branches = old_schema.get(key, []), new_schema.get(key, [])
        if len(branches[0]) != len(branches[1]):
            yield f"{at}: the branches of {key} changed"
        for index, (before, after) in enumerate(zip(*branches)):
            yield from narrowed((old_document, before), (new_document, after), f"{at}/{index}", is_answer)


def of_objects(old, new, at, is_answer):
    old_document, old_schema = old
    new_document, new_schema = new
    before, after = old_schema.get("properties", {}), new_schema.get("properties", {})
    for key, schema in before.items():
        if key in after:
            yield from narrowed((old_document, schema), (new_document, after[key]), f"{at}/{key}", is_answer)
        elif is_answer or new_schema.get("additionalProperties") is False:
            yield f"{at}/{key}: is gone"
    was, now = set(old_schema.get("required", [])), set(new_schema.get("required", []))
    for key in sorted(was - now if is_answer else now - was):
        yield f"{at}/{key}: {'may be missing now' if is_answer else 'is required now'}"
    if not is_answer and new_schema.get("additionalProperties") is False and old_schema.get("additionalProperties") is not False:
        yield f"{at}: unknown keys are refused now"


def of_operation(old_document, new_document, path, old, new):
    for key in ("operationId", "x-scope"):
        if old.get(key) != new.get(key):
            yield f"{path}: {key} changed"
    parameters = [
        {(one["in"], one["name"].lower()): one for one in (resolve(document, one) for one in operation.get("parameters", []))}
        for document, operation in ((old_document, old), (new_document, new))
    ]
    for place, parameter in parameters[1].items():
        known = parameters[0].get(place)
        at = f"{path} header {place[1]}"
        if parameter.get("required") and not (known or {}).get("required"):
            yield f"{at}: is required now"
        if known:
            yield from narrowed((old_document, known["schema"]), (new_document, parameter["schema"]), at, False)
    before, after = old.get("requestBody", {}), new.get("requestBody", {})
    if after.get("required") and not before.get("required"):
        yield f"{path}: a body is required now"
    yield from of_contents((old_document, before), (new_document, after), path, False)
    for status, response in old["responses"].items():
        response = resolve(old_document, response)
        now = resolve(new_document, new["responses"].get(status))
        if now is None:
            if status == "200":
                yield f"{path}: the answer 200 is gone"
            continue
        at = f"{path} {status}"
        yield from of_contents((old_document, response), (new_document, now), at, True)
        for name, header in response.get("headers", {}).items():
            header, header_now = resolve(old_document, header), resolve(new_document, now.get("headers", {}).get(name))
            if header_now is None or header.get("required") and not header_now.get("required"):
                yield f"{at} header {name}: may be missing now"


def of_contents(old, new, at, is_answer):
    for media_type, content in old[1].get("content", {}).items():
        now = new[1].get("content", {}).get(media_type)
        if now is None:
            yield f"{at}: {media_type} is gone"
        else:
            yield from narrowed((old[0], content["schema"]), (new[0], now["schema"]), at, is_answer)


def incompatibilities(old, new):
    for path, item in old["paths"].items():
        for method, operation in item.items():
            now = new["paths"].get(path, {}).get(method)
            if now is None:
                yield f"{path}: is gone"
            else:
                yield from of_operation(old, new, path, operation, now)


SMALL = yaml.safe_load("""
paths:
  /a:
    post:
      operationId: a
      x-scope: read
      parameters: [{ name: tenant, in: header, required: true, schema: { type: string, maxLength: 9 } }]
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Asked' } } } }
      responses:
        '200':
          headers: { order-id: { required: true, schema: { type: string } } }
          content: { application/json: { schema: { $ref: '#/components/schemas/Told' } } }
        '400': { content: { application/json: { schema: { properties: { errorCode: { enum: [A] } } } } } }
components:
  schemas:
    Asked:
      type: object
      required: [id]
      additionalProperties: false
      properties:
        id: { type: string, pattern: '^[a-z]+$' }
        size: { type: integer, nullable: true, minimum: 1, maximum: 9 }
        kind: { type: string, enum: [X, Y] }
        lines: { type: array, maxItems: 3, items: { type: string, maxLength: 5 } }
    Told:
      type: object
      required: [status]
      properties:
        status: { type: string, enum: [X, Y] }
        note: { type: string }
""")

ASKED = "components/schemas/Asked/"
TOLD = "components/schemas/Told/"
POST = "paths//a/post/"
REMOVED = object()
# A place, what is put there, and whether it breaks a caller.
PLANTED = [
    ("paths//b", SMALL["paths"]["/a"], False),
    (ASKED + "properties/more", {"type": "string"}, False),
    (ASKED + "properties/size/maximum", 10, False),
    (ASKED + "properties/kind/enum", ["X", "Y", "Z"], False),
    (ASKED + "required", [], False),
    (TOLD + "properties/more", {"type": "string"}, False),
    (TOLD + "properties/status/enum", ["X"], False),
    (TOLD + "required", ["status", "note"], False),
    (POST + "responses/400/content/application~json/schema/properties/errorCode/enum", ["A", "B"], False),
    (POST + "summary", "Other words", False),
    ("paths//a", REMOVED, True),
    (POST + "operationId", "b", True),
    (POST + "x-scope", "orders", True),
    (POST + "parameters/0/schema/maxLength", 8, True),
    (POST + "parameters/1", {"name": "user", "in": "header", "required": True, "schema": {"type": "string"}}, True),
    (POST + "requestBody/required", True, True),
    (POST + "requestBody/content/application~json", REMOVED, True),
    (POST + "responses/200/headers/order-id", REMOVED, True),
    (ASKED + "required", ["id", "kind"], True),
    (ASKED + "properties/kind", REMOVED, True),
    (ASKED + "properties/kind/enum", ["X"], True),
    (ASKED + "properties/id/pattern", "^[a-y]+$", True),
    (ASKED + "properties/id/type", "integer", True),
    (ASKED + "properties/size/nullable", False, True),
    (ASKED + "properties/size/minimum", 2, True),
    (ASKED + "properties/size/maximum", 8, True),
    (ASKED + "properties/id/maxLength", 10, True),
    (ASKED + "properties/lines/maxItems", 2, True),
    (ASKED + "properties/lines/items/maxLength", 4, True),
    (TOLD + "properties/note", REMOVED, True),
    (TOLD + "properties/status/nullable", True, True),
    (TOLD + "properties/status/enum", ["X", "Y", "Z"], True),
    (TOLD + "properties/status/enum", REMOVED, True),
    (TOLD + "properties/status/type", "integer", True),
    (TOLD + "required", [], True),
]


def planted(place, value):
    document = copy.deepcopy(SMALL)
    # A key that begins with a slash stands behind two; `~` is a slash within a key.
    keys = [key.replace("~", "/") for key in place.replace("//", "/~").split("/")]
    node = document
    for key in keys[:-1]:
        node = node[int(key)] if isinstance(node, list) else node[key]
    if isinstance(node, list):
        node.insert(int(keys[-1]), value)
    elif value is REMOVED:
        del node[keys[-1]]
    else:
        node[keys[-1]] = value
    return document


def self_test():
    assert not list(incompatibilities(SMALL, SMALL))
    for place, value, is_breaking in PLANTED:
        found = list(incompatibilities(SMALL, planted(place, value)))
        assert bool(found) == is_breaking, f"{place} = {value}: {found}"
    print(f"{len(PLANTED)} planted changes are judged as they should be")


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    old, new = (yaml.safe_load(open(path, encoding="utf-8")) for path in arguments)
    found = list(incompatibilities(old, new))
    for line in found:
        print(f"incompatible: {line}")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
