"""The exam of a connector and the floor of its simulator; part of the product, so that plugins can use both."""
