"""Who is on, what ran, and what it cost: by the service's session list and its daily reports."""
