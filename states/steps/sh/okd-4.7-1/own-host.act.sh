owner_locked owner_become driven '' || { owner_print; exit 1; }
