"""The screens. Each page describes one; `router` runs them; `shared` holds what more than one page needs."""
