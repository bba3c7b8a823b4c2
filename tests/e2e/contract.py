"""Requests of the contract from what is written of them in tests/rights/matrix.txt."""
import re

from google.protobuf import descriptor_pb2
from google.protobuf.descriptor import FieldDescriptor


def snake_case(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name)


def all_methods(pool, descriptors):
    """The methods of our own services by the names of their functions; descriptors: the file that the build makes."""
    with open(descriptors, "rb") as file:
        files = descriptor_pb2.FileDescriptorSet.FromString(file.read()).file
    for each in files:
        pool.Add(each)
    ours = [pool.FindFileByName(each.name) for each in files if each.package == "shap.v1"]
    return {snake_case(method.name).lower(): method
            for each in ours for service in each.services_by_name.values() for method in service.methods}


def value_of(field, value):
    """A value of a request as its field has it; bytes and enumerations are written as PostgreSQL does."""
    if field.type == FieldDescriptor.TYPE_MESSAGE:
        return {part: value_of(field.message_type.fields_by_name[part], each) for part, each in value.items()}
    if field.type == FieldDescriptor.TYPE_ENUM:
        prefix = snake_case(field.enum_type.name).upper()
        return field.enum_type.values_by_name["%s_%s" % (prefix, value.upper())].number
    if field.type == FieldDescriptor.TYPE_BYTES:
        return bytes.fromhex(value[2:])
    return str(value) if field.type == FieldDescriptor.TYPE_STRING else value


def request_of(message, fields):
    values = {}
    for name, value in fields.items():
        field = message.DESCRIPTOR.fields_by_name[name]
        is_list = field.label == FieldDescriptor.LABEL_REPEATED
        values[name] = [value_of(field, each) for each in value] if is_list else value_of(field, value)
    return message(**values)
