# 보존된 것.
kept-nothing-touched = 읽거나 변경한 것이 없습니다.
kept-nothing-changed = 변경된 것이 없습니다.
kept-file = 파일은 변경되지 않았습니다.
kept-object = 해당 { $type } 개체는 변경되지 않았습니다. 다른 테이블은 복제되었습니다.
kept-committed = 이전에 저장된 내용은 모두 그대로 있습니다. 다음 실행은 그 지점부터 계속합니다.
kept-before = 이전에 저장된 내용은 모두 그대로 있습니다.
kept-committed-and-log = 이전에 저장된 내용은 모두 그대로 있습니다. 다음 실행은 그 지점부터 계속합니다. 오류의 자세한 내용은 { $log }에 있으며, 비밀 값은 들어 있지 않습니다.
kept-typed = 입력한 내용은 보존되며, 이전 토큰을 계속 사용합니다.
kept-typed-without-secret = 거부된 비밀 값을 제외하고 입력한 내용은 보존됩니다. 이전에 작동하던 비밀 값과 토큰은 그대로 있습니다.
kept-typed-and-open = 입력한 내용은 보존되며, 이 로그인은 시작 한 시간 후인 { $until } UTC까지 열려 있습니다.
kept-unsaved-connection = 저장된 것이 없으며, { $connection } 연결은 이전과 같습니다.
kept-table = 이 테이블은 그대로 두었습니다. 다른 테이블은 복제되었습니다.
kept-dataset = 데이터 세트는 변경되지 않았습니다.
kept-it = 변경되지 않았습니다.
kept-undeleted = 삭제되지 않았습니다.
kept-unused = 사용되지 않았습니다.
kept-connection = 연결은 이전과 같습니다.
kept-sealed = 비밀 값은 암호화된 상태로 그대로 있습니다.
kept-control = 변경되지 않았습니다. 설정 파일과 사용자의 데이터는 여기에 들어 있지 않습니다.
kept-but-uncommitted = 아직 커밋되지 않은 내용은 취소되었습니다.
kept-discovery = 이전에 찾은 내용은 보존됩니다. 변경된 테이블은 없습니다.
kept-settings-file = 설정 파일은 변경되지 않았습니다.

# 조치 방법.
do-is-retried = 자동으로 다시 시도합니다.
do-run-again-skips-deleted = 다시 실행하십시오. 삭제된 레코드는 건너뜁니다.
do-run-again-or-leave-out = 다시 실행하십시오. 같은 오류가 반복되면 이 실행의 로그와 함께 보고해 주십시오. 그때까지 이 테이블을 제외할 수 있습니다.
do-report = 이 실행의 로그와 함께 보고해 주십시오.

# 메시지의 부분.
did-you-mean = {" "}혹시 { $name }입니까?
unknown-table = { $name } 테이블이 없습니다.{ $near }
    .do = `chimpline tables`로 모든 테이블을 볼 수 있습니다.
