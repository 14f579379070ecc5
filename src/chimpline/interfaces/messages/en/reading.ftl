# Why reading a slice proved nothing: clauses, after "because".
read-shifted = the collection shifted while it was read
read-no-room = pages of one record leave no room for an overlap
read-twice = a record came twice
read-page-again = a page came again in another's place
read-page-forgotten = Mailchimp does not know the next page any more that it named itself
read-names-no-next = a first page names no next one, and it is not known that it is all
read-names-no-end = pages name each other and come to no end
read-meanwhile-untold = nothing tells what was updated while pages were read
read-fewer = { $announced } records were announced and { $served } served
read-same = the same { $served } records come at every offset, and { $announced }
read-same-than-parent = the same { $served } records come at every offset, and { $announced }; its parent tells { $expected }
read-announced = { $total } records were announced
read-no-total = no total is announced
read-astray = a record that is { $answer } came where { $asked } was asked for
read-astray-unasked = a record that is { $answer } came where nothing of the kind was asked for
read-no-further = a whole page leads no further than { $time }
read-fewer-in-window = { $left } records are in the window and { $served } were served
read-no-cursor = { $cursor } was not served
read-more = { $served } records came where { $announced } were announced
read-unannounced = a page announced no total
read-uncounted = the records in the window could not be counted
read-empty-page = an empty page came where { $announced } records were announced
read-out-of-order = a page is not in the order of { $cursor }
read-outside-window = a page holds records from outside the window it was asked for
read-no-time = no record of a page has a { $cursor } that can be read
read-within = within { $time }: { $why }
odd-and = { $one }, { $other }
odd = { $count } { $reason ->
    [no-key] { $count ->
        [one] record has no key
       *[other] records have no key
    }
    [no-object] { $count ->
        [one] record is not an object
       *[other] records are not objects
    }
    [twice] { $count ->
        [one] key came with two records
       *[other] keys came with two records each
    }
    [no-cursor] { $count ->
        [one] record has no readable time of change
       *[other] records have no readable time of change
    }
    [no-time] { $count ->
        [one] event has no readable key
       *[other] events have no readable key
    }
    [no-item-key] { $count ->
        [one] item of a record has no readable key
       *[other] items of records have no readable key
    }
    [no-items] { $count ->
        [one] record has items that cannot be read
       *[other] records have items that cannot be read
    }
   *[no-events] { $count ->
        [one] record has events that cannot be read
       *[other] records have events that cannot be read
    }
}
unread-unconfirmed = missing records could not be confirmed as deleted: { $why }
unread-unmet = a record exists that two walks did not meet
unread-answer-odd = in an answer by id, { $why }
unread-answer-of-another = an answer by id is another's
members-overlooked = { $many } members that exist were not met
members-unmet = members were not met that exist
members-unaskable = { $many } members were not met and cannot be asked for
members-share-an-id = { $many ->
    [one] 1 record shares
   *[other] { $many } records share
} an id with another one, and only one of them can be copied
members-untold = Mailchimp did not tell how many members it has
members-fewer = { $counted } members were counted and { $served } served
members-ahead = members whose time of change lies ahead were not read to a proof

# What a run says of the members of an audience.
members-read-whole = { $where } is read completely: { $why ->
    [full-refresh] a full refresh was asked for
    [repair] it is being repaired
    [due] the last complete read was on { $on }
    [defined] its merge fields, interests or tags changed
    [alone] what rides in its records was not read along before
    [uncounted] its members could not be counted
    [counts-differ] the counts differ, and finding the difference would take as long
   *[new] it was never read completely
}.
members-found-deleted = { $where }: found { members-deleted }, with { $requests } requests.
members-found-late = { $where }: found { $late } that earlier runs had missed, with { $requests } requests.
members-found = { $where }: found { members-deleted } and { $late } that earlier runs had missed, with { $requests } requests.
members-deleted = { $deleted ->
    [one] 1 deleted member
   *[other] { $deleted } deleted members
}
