"""Repositories that let Debian's Bazel (4.2) build this without a network.

The rules for Python are built in, but Bazel's own tools load the rules for C++
and Java, and the coverage tools of tests, from repositories that it downloads.
"""

_NATIVE_RULES = {
    "rules_cc//cc": [
        "cc_binary",
        "cc_library",
        "cc_test",
        "cc_toolchain",
        "cc_toolchain_suite",
    ],
    "rules_java//java": ["java_import", "java_runtime", "java_toolchain"],
    "rules_python//python": ["py_binary", "py_library", "py_test"],
}

_COVERAGE_TOOLS = """
filegroup(
    name = "coverage_report_generator",
    visibility = ["//visibility:public"],
)

filegroup(
    name = "lcov_merger",
    visibility = ["//visibility:public"],
)
"""

def _repository_impl(repository_ctx):
    for path, content in repository_ctx.attr.files.items():
        repository_ctx.file(path, content)

_repository = repository_rule(
    implementation = _repository_impl,
    attrs = {"files": attr.string_dict()},
)

def stand_ins():
    """Declares the repositories, unless MODULE.bazel declares the real ones."""
    if hasattr(native, "starlark_doc_extract"):  # Bazel 7 or later.
        return
    for package, rules in _NATIVE_RULES.items():
        repository, folder = package.split("//")
        _repository(
            name = repository,
            files = {
                folder + "/BUILD": "",
                folder + "/defs.bzl": "".join([
                    "{0} = native.{0}\n".format(rule)
                    for rule in rules
                ]),
            },
        )
    _repository(
        name = "remote_coverage_tools",
        files = {"BUILD": _COVERAGE_TOOLS},
    )
