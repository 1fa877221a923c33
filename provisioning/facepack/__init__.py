"""Model packs for faces: built from registry packages by name, version and hash, and judged before they are used."""
