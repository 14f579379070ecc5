# What changed at Mailchimp since an account was last looked at.
found-audience = audience { $audience } ({ $id })
found-audience-with = audience { $audience } ({ $id }), with merge fields { $tags }
found-renamed = audience { $id }: { $was } is now called { $audience }
found-merge-field = merge field { $tag } ({ $type }) of audience { $audience } ({ $id })
found-merge-field-type = merge field { $tag } of audience { $audience } ({ $id }): { $was } is now { $now }
found-merge-field-tag = merge field { $was } of audience { $audience } ({ $id }) has the tag { $now } now
found-merge-field-renamed = merge field { $tag } of audience { $audience } ({ $id }): { $was } is now called { $now }
found-interest = interest { $interest } of audience { $audience } ({ $id })
found-interest-renamed = interest { $was } of audience { $audience } ({ $id }) is now { $now }
found-table = table { $table }
found-table-refused = table { $table } is refused now: { $why }
found-table-readable = table { $table } can be read now
found-column = column { $column } of { $table }
found-column-of-type = column { $column } ({ $type }) of { $table }
found-column-type = column { $column } of { $table }: { $was } is now { $now }
found-field = field { $field } of { $table }, which has no column: kept in _extra
