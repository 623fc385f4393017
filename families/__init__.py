"""The register of the programme: territory, families, staff, achievements. Knows no phones and no forms."""
