"""The drive as WebDAV (RFC 4918, classes 1 and 2) at /dav/: wsgidav's protocol on this store and this tenancy."""
