"""What stands in a repository that uses evlint: the hook and the jobs, as docs/integrations.md shows them."""

HOOK = """\
repos:
  - repo: local
    hooks:
      - id: evlint
        name: evlint
        entry: evlint check
        language: system
        files: (\\.pyi?|(^|/)(pyproject\\.toml|evlint\\.toml|events\\.lock|\\.evlint-baseline))$
        pass_filenames: false
        require_serial: true
"""
GITHUB = """\
name: evlint
on: [push, pull_request]
permissions:
  contents: read
  security-events: write
jobs:
  evlint:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.13"
      - run: pip install evlint
      - run: evlint check --format github --format sarif:evlint.sarif
      - uses: github/codeql-action/upload-sarif@v3
        if: always()
        with:
          sarif_file: evlint.sarif
"""
GITLAB = """\
evlint:
  image: python:3.13
  script:
    - pip install evlint
    - evlint check --format concise --format gitlab:gl-code-quality.json
  artifacts:
    when: always
    reports:
      codequality: gl-code-quality.json
"""
