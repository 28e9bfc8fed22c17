"""The clients: `blocking` has TextRequest, `asynchronous` has AsyncTextRequest."""
