"""The differences of two built contracts, and the severity of each for the users of the package.

The built contracts are compared, overlay included, because that is what users see. A `major` difference
breaks code that uses the package, or a released version of the package; `minor` adds something; `patch`
is neither.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from regeneration import access
from regeneration.conventions import operations, resolve

Node = dict[str, Any]
SEVERITIES = ("major", "minor", "patch")
CONSTRAINTS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength", "pattern",
               "minItems", "maxItems", "uniqueItems", "multipleOf")  # fmt: skip

# The severity of a change in a request and in a response. Enums are open in this package, so a new value
# breaks nothing; a removed value removes its name in Python.
RULES: dict[str, tuple[str, str]] = {
    # change: (in a request, in a response)
    "operation added": ("minor", "minor"),
    "operation removed": ("major", "major"),
    "operation moved": ("major", "major"),
    "operation renamed": ("major", "major"),
    "argument added": ("minor", "minor"),
    "required argument added": ("major", "major"),
    "argument removed": ("major", "major"),
    "argument became required": ("major", "major"),
    "argument became optional": ("minor", "minor"),
    "argument order changed": ("major", "major"),
    "body added": ("minor", "minor"),
    "body removed": ("major", "major"),
    "body became required": ("major", "major"),
    "body became optional": ("minor", "minor"),
    "media type added": ("minor", "minor"),
    "media type removed": ("major", "major"),
    "success added": ("major", "major"),
    "success removed": ("major", "major"),
    "failure added": ("patch", "patch"),
    "failure removed": ("patch", "patch"),
    "schema added": ("minor", "minor"),
    "schema removed": ("major", "major"),
    "property added": ("minor", "minor"),
    "required property added": ("major", "minor"),
    "property removed": ("major", "major"),
    "property became required": ("major", "minor"),
    "property became optional": ("minor", "major"),
    "type added": ("minor", "major"),
    "type removed": ("major", "minor"),
    "type changed": ("major", "major"),
    "value added": ("minor", "minor"),
    "value removed": ("major", "major"),
    "default changed": ("minor", "patch"),
    "constraint tightened": ("major", "patch"),
    "constraint loosened": ("minor", "patch"),
    "server added": ("patch", "patch"),
    "server changed": ("major", "major"),
    "server removed": ("major", "major"),
    "security changed": ("major", "major"),
    "security alternative added": ("minor", "minor"),
    "event added": ("minor", "minor"),
    "event removed": ("major", "major"),
    "event attribute added": ("minor", "minor"),
    "event attribute removed": ("major", "major"),
    "callback added": ("minor", "minor"),
    "callback removed": ("major", "major"),
}


@dataclass(frozen=True, order=True)
class Difference:
    """One difference: its severity, its kind (a key of RULES), where it is, and the details."""

    severity: str
    kind: str
    where: str
    what: str = ""


def differences(old: Node, new: Node) -> list[Difference]:
    """The differences of two built documents, the most severe first."""
    comparison = _Comparison(old, new)
    comparison.documents()
    return sorted(
        set(comparison.found),
        key=lambda found: (SEVERITIES.index(found.severity), found.where, found.kind, found.what),
    )


class _Comparison:
    def __init__(self, old: Node, new: Node) -> None:
        self.old, self.new = old, new
        self.found: list[Difference] = []

    def note(self, kind: str, where: str, what: str = "", *, in_response: bool = False) -> None:
        self.found.append(Difference(RULES[kind][in_response], kind, where, what))

    def documents(self) -> None:
        self.servers()
        before, after = (
            {f"{method.upper()} {path}": operation for path, method, operation in operations(document)}
            for document in (self.old, self.new)
        )
        removed, new = (
            {name: ids[name].get("operationId") for name in sorted(ids.keys() - others.keys())}
            for ids, others in ((before, after), (after, before))
        )
        for name, identity in removed.items():
            moved = [other for other, its in new.items() if its == identity]
            self.note(
                "operation moved" if moved else "operation removed",
                name,
                f"to {moved[0]}" if moved else str(identity),
            )
            for other in moved:
                self.operation(other, before[name], after[other])
                del new[other]
        for name, identity in new.items():
            self.note("operation added", name, str(identity))
        for name in sorted(before.keys() & after.keys()):
            self.operation(name, before[name], after[name])
        schemas = [document.get("components", {}).get("schemas", {}) for document in (self.old, self.new)]
        for kind, name in _sets(*schemas):
            self.note(f"schema {kind}", f"schema {name}")
        for name in sorted(schemas[0].keys() & schemas[1].keys()):
            directions = {schemas[0][name].get("x-direction"), schemas[1][name].get("x-direction")}
            where = f"schema {name}"
            # A schema without a direction is compared as both.
            if directions & {"request", "both", None}:
                self.schema(where, schemas[0][name], schemas[1][name], in_response=False)
            if directions != {"request"}:
                self.schema(where, schemas[0][name], schemas[1][name], in_response=True)
        self.security("the whole API", self.old, self.new)
        self.events()

    def servers(self) -> None:
        before, after = (
            {access.same_url(one.get("url", "")): one.get("url", "") for one in document.get("servers", [])}
            for document in (self.old, self.new)
        )
        first, now = next(iter(before), None), next(iter(after), None)
        if first and now and first not in after and now not in before:
            # One change, and not a removed server and an added one that are judged apart.
            self.note("server changed", "the whole API", f"{before.pop(first)} to {after.pop(now)}")
        for kind, url in _sets(before, after):
            self.note(f"server {kind}", "the whole API", {**before, **after}[url])

    def security(self, where: str, old: Node, new: Node) -> None:
        before = _alternatives(self.old, old)
        after = _alternatives(self.new, new)
        if before == after:
            return
        # No alternative at all means that no key is needed; an additional one takes none away.
        kept = before and all(one in after for one in before)
        self.note("security alternative added" if kept or not after else "security changed", where)

    def events(self) -> None:
        before, after = _events(self.old), _events(self.new)
        for kind, name in _sets(before, after):
            self.note(f"event {kind}", f"event {name}")
        for name in sorted(before.keys() & after.keys()):
            for kind, attribute in _sets(before[name], after[name]):
                self.note(f"event attribute {kind}", f"event {name}", attribute)

    def operation(self, where: str, old: Node, new: Node) -> None:
        if old.get("operationId") != new.get("operationId"):
            self.note("operation renamed", where, f"{old.get('operationId')} to {new.get('operationId')}")
        if any(
            one.get("security") != whole.get("security") for one, whole in ((old, self.old), (new, self.new))
        ):
            self.security(where, old, new)
        self.parameters(where, old, new)
        self.body(where, old.get("requestBody"), new.get("requestBody"))
        before, after = old.get("responses", {}), new.get("responses", {})
        for kind, code in _sets(before, after):
            self.note(
                f"{'success' if code.startswith('2') else 'failure'} {kind}",
                where,
                f"status {code}",
                in_response=True,
            )
        for code in sorted(before.keys() & after.keys()):
            self.content(
                f"{where} {code}",
                before[code].get("content", {}),
                after[code].get("content", {}),
                in_response=True,
            )
        self.callbacks(where, old.get("callbacks", {}), new.get("callbacks", {}))

    def parameters(self, where: str, old: Node, new: Node) -> None:
        before, after = (
            {f"{p['in']} {p['name']}": p for p in operation.get("parameters", [])} for operation in (old, new)
        )
        for kind, name in _sets(before, after):
            required = kind == "added" and after[name].get("required")
            self.note(f"{'required ' if required else ''}argument {kind}", where, name)
        shared = [name for name in before if name in after]
        for name in shared:
            here = f"{where} {name}"
            was, now = bool(before[name].get("required")), bool(after[name].get("required"))
            if was != now:
                self.note(f"argument became {'required' if now else 'optional'}", where, name)
            self.schema(
                here, before[name].get("schema", {}), after[name].get("schema", {}), in_response=False
            )
        places = [
            [name for name in operation if operation[name].get("required") and name in shared]
            for operation in (before, after)
        ]
        if places[0] != places[1] and set(places[0]) == set(places[1]):
            self.note("argument order changed", where, ", ".join(places[1]))

    def body(self, where: str, old: Node | None, new: Node | None, *, in_response: bool = False) -> None:
        if old is None or new is None:
            if old is not new:
                self.note(
                    "body removed"
                    if new is None
                    else "body became required"
                    if new.get("required")
                    else "body added",
                    where,
                )
            return
        if bool(old.get("required")) != bool(new.get("required")):
            self.note(f"body became {'required' if new.get('required') else 'optional'}", where)
        self.content(f"{where} body", old.get("content", {}), new.get("content", {}), in_response=in_response)

    def content(self, where: str, old: Node, new: Node, *, in_response: bool) -> None:
        for kind, name in _sets(old, new):
            self.note(f"media type {kind}", where, name, in_response=in_response)
        for name in sorted(old.keys() & new.keys()):
            self.schema(
                where, old[name].get("schema", {}), new[name].get("schema", {}), in_response=in_response
            )

    def callbacks(self, where: str, old: Node, new: Node) -> None:
        before, after = (
            {
                f"{name} {expression} {method}": operation
                for name, callback in callbacks.items()
                for expression, item in callback.items()
                for _, method, operation in operations({"paths": {"": item}})
            }
            for callbacks in (old, new)
        )
        for kind, name in _sets(before, after):
            self.note(f"callback {kind}", where, name)
        for name in sorted(before.keys() & after.keys()):
            # The service sends this body, so the rules for responses apply.
            self.body(
                f"{where} callback {name}",
                before[name].get("requestBody"),
                after[name].get("requestBody"),
                in_response=True,
            )

    def schema(self, where: str, old: Node, new: Node, *, in_response: bool) -> None:
        before, after = (
            set(_types(document, schema)) for document, schema in ((self.old, old), (self.new, new))
        )
        removed, added = sorted(before - after), sorted(after - before)
        if removed and added:
            self.note(
                "type changed",
                where,
                f"{' or '.join(sorted(before))} to {' or '.join(sorted(after))}",
                in_response=in_response,
            )
        elif removed or added:
            self.note(
                "type removed" if removed else "type added",
                where,
                " or ".join(removed or added),
                in_response=in_response,
            )
        if "enum" in old and "enum" in new:
            for kind, value in _sets(
                {repr(value) for value in old["enum"]}, {repr(value) for value in new["enum"]}
            ):
                self.note(f"value {kind}", where, value, in_response=in_response)
        elif ("enum" in old) != ("enum" in new):
            self.note(
                "type changed",
                where,
                "an open value to an enum" if "enum" in new else "an enum to an open value",
                in_response=in_response,
            )
        if old.get("default") != new.get("default"):
            self.note(
                "default changed",
                where,
                f"{old.get('default')!r} to {new.get('default')!r}",
                in_response=in_response,
            )
        for key in CONSTRAINTS:
            if old.get(key) != new.get(key):
                kind = "loosened" if _loosened(key, old.get(key), new.get(key)) else "tightened"
                self.note(
                    f"constraint {kind}",
                    where,
                    f"{key} {old.get(key)} to {new.get(key)}",
                    in_response=in_response,
                )
        if isinstance(old.get("items"), dict) and isinstance(new.get("items"), dict):
            self.schema(f"{where} items", old["items"], new["items"], in_response=in_response)
        self.properties(where, old, new, in_response=in_response)

    def properties(self, where: str, old: Node, new: Node, *, in_response: bool) -> None:
        (before, needed), (after, needs) = _properties(old), _properties(new)
        for kind, name in _sets(before, after):
            required = kind == "added" and name in needs
            self.note(
                f"{'required ' if required else ''}property {kind}", where, name, in_response=in_response
            )
        for name in sorted(before.keys() & after.keys()):
            if (name in needed) != (name in needs):
                self.note(
                    f"property became {'required' if name in needs else 'optional'}",
                    where,
                    name,
                    in_response=in_response,
                )
            self.schema(f"{where}.{name}", before[name], after[name], in_response=in_response)


def _sets(old: Any, new: Any) -> Iterator[tuple[str, str]]:
    """The names that only one of two collections has, as (removed | added, name)."""
    yield from (("removed", name) for name in sorted(set(old) - set(new)))
    yield from (("added", name) for name in sorted(set(new) - set(old)))


def _types(document: Node, schema: Node) -> Iterator[str]:
    """The types a value may have, each as text; a model is given by its name."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        yield (
            name
            if _properties(resolve(document, schema))[0] or "enum" not in resolve(document, schema)
            else f"enum {name}"
        )
        return
    alternatives = [*schema.get("anyOf", []), *schema.get("oneOf", [])]
    for part in alternatives:
        yield from _types(document, part)
    parts = [part for part in schema.get("allOf", []) if "$ref" in part]
    if parts:
        yield " with ".join(sorted(word for part in parts for word in _types(document, part)))
    if alternatives or parts:
        return
    kinds = schema.get("type", "object" if "properties" in schema else "anything")
    for kind in kinds if isinstance(kinds, list) else [kinds]:
        yield f"{kind} ({schema['format']})" if "format" in schema and kind != "null" else str(kind)


def _properties(schema: Node) -> tuple[Node, set[str]]:
    """The properties of a schema and of its allOf parts, and the names of those that are required."""
    properties: Node = {}
    required: set[str] = set()
    for part in [*schema.get("allOf", []), schema]:
        properties.update(part.get("properties") or {})
        required.update(part.get("required") or [])
    return properties, required & properties.keys()


def _loosened(key: str, old: Any, new: Any) -> bool:
    if new is None or old is None:
        return new is None
    if key.startswith(("max", "exclusiveMax")):
        return bool(new > old)
    return bool(new < old) if key.startswith(("min", "exclusiveMin", "unique")) else False


def _events(document: Node) -> dict[str, set[str]]:
    """The webhook events, and the attributes of each."""
    found = {}
    for schema in document.get("components", {}).get("schemas", {}).values():
        about: Node = (schema.get("x-webhook-events") if isinstance(schema, dict) else None) or {}
        for event in about.get("events", []):
            found[event["name"]] = {attribute["name"] for attribute in about["attributes"]}
    return found


def _alternatives(document: Node, node: Node) -> list[list[Any]]:
    """What each alternative of `security` requires. The name of a scheme is not part of it."""
    schemes = document.get("components", {}).get("securitySchemes", {})

    def required(name: str, scopes: Any) -> tuple[str, ...]:
        scheme = schemes.get(name, {"name": name})
        # Names of headers are the same in any case.
        return (*(str(scheme.get(key)).lower() for key in ("type", "in", "name", "scheme")), str(scopes))

    return [
        sorted(required(name, scopes) for name, scopes in alternative.items())
        for alternative in node.get("security", [])
    ]
