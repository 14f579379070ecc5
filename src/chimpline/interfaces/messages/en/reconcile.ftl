reconcile-no-copy = There is no copy in { $destination }, dataset { $dataset }.
    .do = Name the destination and dataset of a run (--to, --dataset), or run first.
reconcile-other-account = The dataset belongs to the Mailchimp account { $theirs } ({ $their_id }), and the key opens { $ours } ({ $our_id }).
    .do = Compare it with the connection of its own account.

# Why rows differ, after their number.
difference-why = { $kind ->
    [new] new at Mailchimp since the run
    [reopened] missing: what tells of news here has changed since the run, so the next run reads it again
    [changed] changed at Mailchimp since the run
    [archived] archived or unarchived since the run
    [gone] no longer at Mailchimp
    [outside] outside what the settings select
    [kept] kept: activity stays in the copy when its campaign is deleted
    [not-copied] not copied yet by any run
    [unproven] no run has read this part completely yet
    [lost] lost: Mailchimp had it when the last run read this, and the copy lacks it
    [buried] marked as deleted though it exists
    [altered] differs though nothing changed at Mailchimp since the run
    [not-due] differ: the table or segment is not due, and is as recent as its last read
    [untold-row] missing: new since the run, or lost; Mailchimp does not say which
    [untold-cell] differs: changed since the run, or altered in the copy; unknown which
    [fewer] the copy has fewer
    [more] the copy has more, and nothing changed since the run: they were deleted at Mailchimp
    [doubled] there twice in the copy: somebody else wrote them, the next run removes them
   *[unread] could not be read
}

# What is known besides.
note-and = { $one }; { $other }
note-uncountable = cannot be counted ({ $why }): compare the keys (--level keys)
note-undercounted = Mailchimp's total undercounts the members of segments
note-recipients = Mailchimp counts recipients here, not events
note-riding = the items of records of { $host }, which Mailchimp does not count
note-no-total = Mailchimp tells no total
note-members-uncountable = cannot be counted (Mailchimp tells no total)
note-outside-window = { $campaigns } campaigns are outside the activity window
note-not-listed = Mailchimp no longer lists what it belongs to
note-counts = { $theirs } at Mailchimp, { $ours } in the copy
note-members = { $theirs } at Mailchimp up to then, { $ours } in the copy{ $which }
note-of-ask = {" "}({ $ask })
note-as-many-changed = as many changed, or some were deleted: compare the keys (--level keys)
note-since-the-run = changed or came since the run
note-lacking = not compared, because the account lacks it ({ $cause })
note-asked-by-id = asked for by id

# Why numbers differ from those of Mailchimp's pages.
dashboard-contacts = In { $where }, Mailchimp shows { $shown } contacts (stats.member_count: those that are subscribed), and the copy has { $rows } rows: { $which }. Mailchimp's number does not include unsubscribed, cleaned, archived, pending and transactional contacts.
dashboard-activity = Mailchimp's reports count { $shown } { $action }s, and the copy has { $rows } { $action } events. The numbers differ for these reasons. Reports still count events that Mailchimp no longer lists: of deleted members, and beyond 1,000 events of one recipient. Reports may not count opens by image proxies, which are events. Reports ignore the start date and the activity window. And the copy keeps the events of deleted campaigns.
