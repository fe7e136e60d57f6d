"""The schemas of requests and responses. Unknown fields in a request are refused."""
