"""Pagination: which pages to request, and the pagers that users iterate over."""
