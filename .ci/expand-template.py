"""Prints the template as CloudFormation gets it: YAML merged, SAM's resources expanded. Checkov reads no less than that.

What SAM makes of a resource of ours inherits that resource's metadata, in which the exceptions to Checkov's rules stand.
"""
import json
import os
import sys

from samcli.yamlhelper import yaml_parse
from samtranslator.translator.transform import transform

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")


class NoManagedPolicies:
    def load(self):
        return {}


with open(sys.argv[1], encoding="utf-8") as file:
    template = yaml_parse(file.read())
template["Globals"]["Function"].pop("CodeUri")
ours = template["Resources"]
for resource in ours.values():
    if resource["Type"] == "AWS::Serverless::Function":
        resource["Properties"]["CodeUri"] = "s3://bucket/key"
metadata = {name: resource["Metadata"] for name, resource in ours.items() if "Metadata" in resource}
parameters = {name: parameter.get("Default", "") for name, parameter in template["Parameters"].items()}
expanded = transform(template, parameters, NoManagedPolicies())
for name, resource in expanded["Resources"].items():
    origin = next((origin for origin in metadata if name.startswith(origin)), None)
    if origin and name not in metadata:
        resource["Metadata"] = metadata[origin]
json.dump(expanded, sys.stdout, indent=1)
