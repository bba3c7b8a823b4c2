"""Requests for every method: well-formed ones with unlikely content, and the same bytes damaged."""
import string
import struct
import subprocess

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

TEXTS = ["", "copeland", "copeland/2010-11", "SH4.3/2/1", "SH4.3", "SH2.2/1", "2010/11", "2010-12-31", "9999-12-31",
         "0001-01-01", "2010-02-30", "home-housing", "HSM", "March 2011", "x" * 5000, "%s%n", "'; drop table x; --",
         "\\", "\u202e\U0001f4a3\u0301", "\x01\x1b[2J", "00000000-0000-0000-0000-000000000000", "nobody@example.org",
         "x y " * 20000, "9" * 70000, "infinity", "-infinity", "NaN", "1e400", "-1", "2147483648", "9223372036854775808",
         "a\r\nBcc: b@example.org", "2011/13", "9999/00", "panel-0", "Q-1", "half-year-99999999999", "from=infinity",
         "months=1000000000", "=1+1", "1-0", "99999999999+", ";", "SH", "*"]
# What makes a field understood, so that a request comes further than its first field.
UNDERSTOOD = {"plan": "copeland/2010-11", "reference": "SH4.3/2/1", "milestone": "SH4.3/2/1", "organisation": "copeland",
              "council": "copeland", "objective": "SH4.3", "year": "2010/11", "window": "Q3", "meeting": "2010-09-15",
              "body": "SHP", "scheme": "figures", "code": "HSM", "report": "exceptions", "step": "SH2.2/1/1",
              "references": "SH2.2/1/1", "from_reference": "SH4.3/2/1", "person": "Jo Brown", "rating": "R", "actual": "92",
              "target": "98", "class": "overdue", "months": "0-1", "days": "2+", "percent": "90-99.9", "officer": "red",
              "re_dated": "yes", "mark": "A", "parameters": "from=2010-09-30", "councils": "copeland", "owner": "HSM"}
DAYS = {"day", "known_at", "as_at", "as_of", "new_day", "first_day", "last_day", "due_before", "due_after", "adopted_on",
        "from", "known_from", "since", "from_day", "until_day", "held_on", "due_on"}
NUMBERS = [0, 1, 2, 17, 300, -1, 2**31 - 1, -2**31]
LONG_NUMBERS = NUMBERS + [2**63 - 1, -2**63]


class Requests:
    """Makes requests by the contract in proto/, from one source of chance."""

    def __init__(self, chance, directory):
        self.chance = chance
        path = f"{directory}/contract.pb"
        sources = subprocess.run(["sh", "-c", "ls proto/shap/v1/*.proto"], capture_output=True, text=True, check=True)
        subprocess.run(["protoc", "-Iproto", "--include_imports", f"--descriptor_set_out={path}",
                        *(name.removeprefix("proto/") for name in sources.stdout.split())], check=True,
                       stderr=subprocess.DEVNULL)
        with open(path, "rb") as file:
            contract = descriptor_pb2.FileDescriptorSet.FromString(file.read())
        pool = descriptor_pool.DescriptorPool()
        for file in contract.file:
            pool.Add(file)
        self.methods = {f"/{file.package}.{service.name}/{method.name}":
                        pool.FindMessageTypeByName(method.input_type.lstrip("."))
                        for file in contract.file for service in file.service for method in service.method}
        self.factory = message_factory.MessageFactory(pool)

    def paths(self):
        return sorted(self.methods)

    def plausible(self, path):
        """Right in form; any value may stand anywhere."""
        made = self.factory.GetPrototype(self.methods[path])()
        self.fill(made, 0.7)
        return made.SerializeToString()

    def spoilt(self, path):
        """What is understood in every field, but for one."""
        made = self.factory.GetPrototype(self.methods[path])()
        self.fill(made, 1, understood=True)
        self.spoil(made)
        return made.SerializeToString()

    def spoil(self, made):
        fields = made.DESCRIPTOR.fields
        if not fields:
            return
        field = self.chance.choice(fields)
        is_list = field.label == field.LABEL_REPEATED
        if field.message_type:
            for inner in getattr(made, field.name) if is_list else [getattr(made, field.name)]:
                self.spoil(inner)
        elif is_list:
            getattr(made, field.name).extend([self.value(field)] * self.chance.choice([1, 2, 1000]))
        elif self.chance.random() < 0.2:
            made.ClearField(field.name)
        else:
            self.put(made, field)

    def fill(self, made, likelihood, understood=False):
        for field in made.DESCRIPTOR.fields:
            if self.chance.random() > likelihood:
                continue
            n = self.chance.randint(0, 3) if field.label == field.LABEL_REPEATED else 1
            for _ in range(n):
                self.put(made, field, understood)

    def put(self, made, field, understood=False):
        is_list = field.label == field.LABEL_REPEATED
        if field.message_type:
            self.fill(getattr(made, field.name).add() if is_list else getattr(made, field.name), 0.6, understood)
            return
        value = self.value(field, understood)
        if is_list:
            getattr(made, field.name).append(value)
        else:
            setattr(made, field.name, value)

    def value(self, field, understood=False):
        if field.enum_type:
            return self.chance.choice(field.enum_type.values).number
        if field.cpp_type == field.CPPTYPE_STRING:
            text = self.text(field.name, understood)
            return text.encode() if field.type == field.TYPE_BYTES else text
        if field.cpp_type == field.CPPTYPE_BOOL:
            return self.chance.random() < 0.5
        if field.cpp_type in (field.CPPTYPE_DOUBLE, field.CPPTYPE_FLOAT):
            return self.chance.choice([0.0, -1.5, float("inf"), float("nan")])
        if understood: # the number of some record
            return self.chance.randint(1, 1000 if field.cpp_type == field.CPPTYPE_INT64 else 12)
        return self.chance.choice(LONG_NUMBERS if field.cpp_type == field.CPPTYPE_INT64 else NUMBERS)

    def text(self, name, understood=False):
        if not understood and self.chance.random() < 0.2:
            return self.chance.choice(TEXTS)
        if name.endswith("_id"):
            return f"00000000-0000-4000-8000-{self.chance.randrange(4):012}"
        if name in DAYS:
            return self.chance.choice(["2010-12-31", "2010-11-01", "2011-03-31"])
        return UNDERSTOOD.get(name) or ("reason" if understood else self.chance.choice(TEXTS))

    def invalid_texts(self, path):
        """Texts that are not UTF-8, hold a NUL, or are cut, in every text field of a method's request."""
        for field in self.methods[path].fields:
            if field.type != field.TYPE_STRING:
                continue
            for text in (b"\xff", b"a\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"a\0b"):
                yield bytes([field.number << 3 | 2, len(text)]) + text

    def long_texts(self, path):
        """What is understood, with a text as long as a book in each field in turn."""
        for field in self.methods[path].fields:
            if field.type == field.TYPE_STRING:
                made = self.factory.GetPrototype(self.methods[path])()
                self.fill(made, 1, understood=True)
                made.ClearField(field.name)
                if field.label == field.LABEL_REPEATED:
                    getattr(made, field.name).append("x y " * 10000)
                else:
                    setattr(made, field.name, "x y " * 10000)
                yield made.SerializeToString()

    def wire(self, depth=0):
        """Fields of any number and type, right as protobuf but not by the contract."""
        made = b""
        for _ in range(self.chance.randint(0, 6)):
            kind = self.chance.choice([0, 1, 2, 2, 5])
            made += bytes([self.chance.randint(1, 15) << 3 | kind])
            if kind == 0:
                made += bytes([0x80 | self.chance.randrange(128) for _ in range(self.chance.randint(0, 10))] + [1])
            elif kind == 2:
                inner = self.wire(depth + 1) if depth < 4 else self.random_bytes(20)
                made += bytes([min(len(inner), 127)]) + inner[:127]
            else:
                made += self.chance.randbytes(8 if kind == 1 else 4)
        return made

    def random_bytes(self, most):
        return self.chance.randbytes(self.chance.randint(0, most))

    def damaged(self, raw):
        """A copy with some of its bytes changed, cut out, doubled or cut off."""
        made = bytearray(raw)
        for _ in range(self.chance.randint(1, 4)):
            if not made:
                return bytes(made)
            at = self.chance.randrange(len(made))
            match self.chance.randrange(5):
                case 0:
                    made[at] = self.chance.choice([0, 1, 0x7f, 0x80, 0xff, ord(self.chance.choice(string.printable))])
                case 1:
                    made[at] ^= 1 << self.chance.randrange(8)
                case 2:
                    del made[at:at + self.chance.randint(1, 16)]
                case 3:
                    made[at:at] = made[at:at + self.chance.randint(1, 64)]
                case 4 if self.chance.random() < 0.3:
                    del made[at:]
        return bytes(made)

    def any_of(self, path):
        """A request of any of these kinds."""
        match self.chance.randrange(7):
            case 0 | 1:
                return self.plausible(path)
            case 5 | 6:
                return self.spoilt(path)
            case 2:
                return self.damaged(self.plausible(path))
            case 3:
                return self.wire()
        return struct.pack(">B", 0x0a) + self.random_bytes(200)
