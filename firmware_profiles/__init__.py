"""What each device model and firmware can do, as data: the schema, the registry, one file per profile.

Doors: `registry.profile(id)` and `registry.profiles()`; a profile judges settings and command arguments itself.
"""
