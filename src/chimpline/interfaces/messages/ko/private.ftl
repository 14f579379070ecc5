# 이 사용자만 사용해야 하는 파일과 디렉터리.
elsewhere-state = --state-dir 또는 CHIMPLINE_STATE_DIR로 다른 상태 디렉터리를 지정하십시오
elsewhere-slots = CHIMPLINE_SLOTS_DIR로 다른 디렉터리를 지정하십시오

private-directory-unusable = { $path } 디렉터리를 사용할 수 없습니다: { $reason }.
    .do = 이 사용자가 접근할 수 있게 하거나, { $elsewhere }.
private-directory-not-readable = { $path } 디렉터리는 사용자 { $owner }의 것이며, 현재 사용자 { $user }에게 읽을 권한이 없습니다.
    .do = chimpline을 사용자 { $owner }(으)로 실행하거나, { $elsewhere }.
private-directory-of-another = { $path } 디렉터리는 사용자 { $owner }의 것이며, 현재 사용자는 { $user }입니다. 소유자가 그 안의 키와 파일을 바꿀 수 있습니다.
    .do = chimpline을 sudo 없이 사용자 { $owner }(으)로 실행하거나, { $elsewhere }.
private-directory-open = 다른 사용자가 { $path } 디렉터리에 쓸 수 있어(모드 { $mode }) 그 안의 키와 파일을 바꿀 수 있습니다.
    .do = 다른 사용자의 쓰기를 막거나(chmod go-w { $path }), { $elsewhere }.
private-file-of-another = { $path } 파일은 사용자 { $owner }의 것이며, 현재 사용자는 { $user }입니다.
    .do = 누가 그곳에 두었는지 확인하십시오. 그다음 파일을 제거하거나, { $elsewhere }.
private-file-is-link = { $path } 파일은 링크이며, 여기에서는 링크를 따라가지 않습니다.
    .do = 누가 그곳에 두었는지 확인하십시오. 그다음 링크를 제거하거나, { $elsewhere }.
private-not-a-file = { $path } 위치에 파일이 아닌 것이 있습니다.
    .do = 다른 곳으로 옮기거나, { $elsewhere }.
