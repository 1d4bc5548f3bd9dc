"""Networks, advocacy platforms and HR systems, each behind the same small contract (`connectors.sdk`)."""
