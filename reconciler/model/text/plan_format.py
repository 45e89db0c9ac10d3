"""The version of a plan's JSON, which documents without a plan say too."""

FORMAT_VERSION = 2  # 1 did not say how long a finding holds
