# 슬라이스 읽기가 아무것도 검증하지 못한 이유.
read-shifted = 읽는 동안 목록이 밀림
read-no-room = 레코드 하나짜리 페이지에는 겹칠 여유가 없음
read-twice = 한 레코드가 두 번 옴
read-page-again = 한 페이지가 다른 페이지의 자리에 다시 옴
read-page-forgotten = Mailchimp가 스스로 알려 준 다음 페이지를 더 이상 알지 못함
read-names-no-next = 첫 페이지가 다음 페이지를 알려 주지 않으며, 그것이 전부인지 알 수 없음
read-names-no-end = 페이지들이 서로를 가리켜 끝이 나지 않음
read-meanwhile-untold = 페이지를 읽는 동안 무엇이 바뀌었는지 알 수 없음
read-fewer = 예고된 레코드는 { $announced }개, 받은 레코드는 { $served }개
read-same = 모든 오프셋에서 같은 레코드 { $served }개가 오며, { $announced }
read-same-than-parent = 모든 오프셋에서 같은 레코드 { $served }개가 오며, { $announced }. 상위 레코드에 따르면 { $expected }개
read-announced = 예고된 레코드는 { $total }개
read-no-total = 예고된 총수가 없음
read-astray = { $asked } 레코드를 요청했지만 { $answer } 레코드가 옴
read-astray-unasked = 요청하지 않은 { $answer } 레코드가 옴
read-no-further = 한 페이지 전체가 { $time } 이후로 나아가지 못함
read-fewer-in-window = 기간 안의 레코드는 { $left }개, 받은 레코드는 { $served }개
read-no-cursor = { $cursor } 값이 오지 않음
read-more = 예고된 레코드는 { $announced }개지만 { $served }개가 옴
read-unannounced = 한 페이지에 총수가 없음
read-uncounted = 기간 안의 레코드를 셀 수 없음
read-empty-page = 레코드 { $announced }개가 예고되었지만 빈 페이지가 옴
read-out-of-order = 한 페이지가 { $cursor } 순서가 아님
read-outside-window = 한 페이지에 요청한 기간 밖의 레코드가 있음
read-no-time = 한 페이지의 레코드에 읽을 수 있는 { $cursor } 값이 없음
read-within = { $time } 안에서: { $why }
odd-and = { $one }, { $other }
odd = { $reason ->
    [no-key] 키가 없는 레코드 { $count }개
    [no-object] 객체가 아닌 레코드 { $count }개
    [twice] 두 레코드에 있는 키 { $count }개
    [no-cursor] 읽을 수 있는 변경 시각이 없는 레코드 { $count }개
    [no-time] 읽을 수 있는 키가 없는 이벤트 { $count }개
    [no-item-key] 읽을 수 있는 키가 없는 레코드 항목 { $count }개
    [no-items] 항목을 읽을 수 없는 레코드 { $count }개
   *[no-events] 이벤트를 읽을 수 없는 레코드 { $count }개
}
unread-unconfirmed = 누락된 레코드가 삭제되었는지 확인할 수 없음: { $why }
unread-unmet = 두 번의 읽기에서 나오지 않은 레코드가 존재함
unread-answer-odd = ID로 요청한 응답에서 { $why }
unread-answer-of-another = ID로 요청한 응답이 다른 레코드의 것임
members-overlooked = 존재하는 구성원 { $many }명이 나오지 않음
members-unmet = 존재하는 구성원이 나오지 않음
members-unaskable = 구성원 { $many }명이 나오지 않았으며 요청할 수 없음
members-share-an-id = 레코드 { $many }개가 다른 레코드와 같은 ID를 쓰며, 그중 하나만 복제할 수 있음
members-untold = Mailchimp가 구성원 수를 알려 주지 않음
members-fewer = 센 구성원은 { $counted }명, 받은 구성원은 { $served }명
members-ahead = 변경 시각이 미래인 구성원을 검증할 만큼 읽지 못함

# 실행이 오디언스의 구성원에 대해 알리는 것.
members-read-whole = { $where }: 전체를 읽습니다. { $why ->
    [full-refresh] 전체 새로 고침을 요청했습니다
    [repair] 복구하고 있습니다
    [due] 마지막 전체 읽기는 { $on }에 있었습니다
    [defined] 병합 필드, 관심사 또는 태그가 변경되었습니다
    [alone] 레코드에 함께 오는 행을 이전에 함께 읽지 않았습니다
    [uncounted] 구성원을 셀 수 없었습니다
    [counts-differ] 수가 다르며, 차이를 찾는 데 같은 시간이 걸립니다
   *[new] 아직 전체를 읽은 적이 없습니다
}.
members-found-deleted = { $where }: { members-deleted }을 찾았습니다(요청 { $requests }회).
members-found-late = { $where }: 이전 실행에서 놓친 { $late }명을 찾았습니다(요청 { $requests }회).
members-found = { $where }: { members-deleted }과 이전 실행에서 놓친 { $late }명을 찾았습니다(요청 { $requests }회).
members-deleted = 삭제된 구성원 { $deleted }명
