# 실행: 개별 실행과 로그.
span-tenths = { $count }초
run-says-queued = 실행을 시작하고 있습니다. 읽는 대로 아래에 테이블이 나타납니다.
run-pace = 초당 행 수
run-pace-of = { $rows }
run-time-left-unknown = 아직 알 수 없음
run-time-left-silent = 응답이 없는 동안에는 알 수 없음
run-silent = Mailchimp가 응답하지 않습니다. 요청이 실패하여 다시 시도하고 있습니다. 마지막으로 행을 받은 시각:
run-tables-waiting = 대기 중인 테이블 { $count }개
run-tables-done = 완료된 테이블 { $count }개
run-new-and-updated = 새 행 { $inserted }개, 업데이트 { $updated }개
run-slices-proven = { $count }개 부분을 읽었으며 모두 검증됨
proof-walk = 알려진 { $rows }개 중 { $rows }개, { $pages }개 페이지
proof-walk-begun = 알려진 { $rows }개 중 { $rows }개, { $pages }개 페이지, { $earlier }개 다음부터 계속
proof-whole = 알려진 { $rows }개 중 { $rows }개, 한 번에 모두
proof-seek = 순서대로 { $rows }개, { $pages }개 페이지
proof-counts = 개수 비교: 삭제 { $gone }, 지연 { $late }
proof-record = 레코드 하나, 응답 한 번
proof-no-record = Mailchimp에 없다는 응답
proof-windows = 모든 부분이 증명되었고 개수가 같음
run-nothing-to-read = 변경 없음, 읽지 않음
column-tombstoned = 삭제 표시
column-extra = _extra에 저장
column-bookmark = 읽은 시점(북마크)
column-proof = 검증
column-time = 시각
column-severity = 심각도
column-line = 내용
run-log = 로그
run-log-title = 실행 { $run_id } 로그
run-log-least = 최소 심각도
run-log-holding = 포함할 텍스트
run-log-download = 다운로드
run-log-empty = 로그에 해당하는 줄이 없습니다.
run-log-shown = { $count ->
    [one] 한 줄
   *[other] 최근 { $count }줄, 최대 { $most }줄. 파일에는 전체가 있습니다
}
severity-debug = 디버그
severity-info = 정보
severity-warning = 경고
severity-error = 오류

# 복제본과 계정의 비교.
comparisons = 비교
comparisons-why = 비교는 Mailchimp에 있는 것을 확인하고, 복제본이 어디에서 왜 다른지 알려 줍니다. 아무것도 변경하지 않으며, 복구는 다른 부분을 다시 읽습니다.
comparisons-none = 최근 몇 주 동안 비교한 것이 없습니다.
comparison = 비교
comparison-title = 비교 { $id }
comparison-start = 비교
comparison-repair = 복구
comparison-cancel = 비교 취소
comparison-level = 비교 대상
comparison-level-counts = 행 수
comparison-level-keys = 모든 행의 키
comparison-level-rows = 모든 셀
comparison-result = 결과
comparison-queued = 대기 중
comparison-running = 실행 중
comparison-equal = 같음
comparison-explained = 설명됨
comparison-differs = 다름
comparison-failed = 실패
comparison-cancelled = 취소됨
comparison-not-compared = 비교하지 않음
comparison-says-queued = 이 데이터 세트를 사용하는 실행이 없어지면 바로 시작합니다.
comparison-says-running = Mailchimp에 확인하는 중입니다. 테이블이 끝나는 대로 아래에 행이 나타납니다.
comparison-says-equal = 비교한 것이 모두 같습니다.
comparison-says-explained = 손실된 것이 없습니다. 모든 차이를 아래에 설명합니다.
comparison-says-differs = { $rows ->
   *[other] 복제본에서 { $rows }개 행이 잘못되었습니다. 복구하면 다른 부분을 다시 읽습니다.
}
comparison-says-failed = 비교가 끝나지 못했습니다.
comparison-says-cancelled = 비교가 취소되었습니다. 변경된 것은 없습니다.
comparison-cost = 예상 요청 수
comparison-repaired-by = 복구한 실행
comparison-wrong-before = 복구 전에 잘못된 행
comparison-theirs = Mailchimp
comparison-ours = 복제본
comparison-wrong = 잘못됨
comparison-explained-rows = 설명됨
comparison-differences = 차이
comparison-of = 위치
comparison-rows = 행
comparison-why = 이유
comparison-keys = 처음 몇 행의 키
comparison-notes = Mailchimp 자체 페이지의 숫자가 다른 이유

# 개요: 시간에 따른 변경된 행.
overview-changes = 최근 실행 { $count ->
   *[other] { $count }회에서 변경된 행, 오래된 순
}: 최대 { $most }
overview-changes-most = 실행별로 변경된 행. 가장 높은 막대는 { $most }개입니다(제곱근 눈금).
