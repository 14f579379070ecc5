postgres-database = { $host }의 PostgreSQL 데이터베이스 { $name }
postgres-default-database = { $host }의 PostgreSQL 데이터베이스(기본)

postgres-no-driver = PostgreSQL 드라이버가 설치되어 있지 않습니다.
    .do = 다음 명령으로 설치하십시오: pip install 'chimpline[postgres]'.
postgres-keeps-name = { $name }은(는) PostgreSQL이 자체적으로 사용하는 이름입니다.
    .do = mailchimp처럼 다른 데이터 세트 이름을 선택하십시오.
postgres-may-not-create = 사용자에게 { $database }의 스키마 { $dataset }에 테이블을 만들 권한이 없습니다.
    .do = 데이터베이스 소유자에게 권한을 요청하십시오: GRANT CREATE ON DATABASE(새 스키마) 또는 GRANT CREATE, USAGE ON SCHEMA(기존 스키마).
postgres-encoding = { $database }의 텍스트 인코딩은 { $encoding }이며, 모든 이름을 저장할 수는 없습니다.
    .do = ENCODING 'UTF8'로 데이터베이스를 만들어 URL에 지정하십시오.
postgres-dataset-of-another-case = { $database }에 데이터 세트 { $there }이(가) 있습니다. { $dataset }은(는) 대소문자만 다르지만 PostgreSQL에서는 다른 이름입니다.
    .do = 기존 이름({ $there })을 그대로 쓰거나, 대소문자 외에도 다른 이름을 선택하십시오.
postgres-closed = { $database }에 대한 연결이 닫혔습니다.
    .do = 다시 여십시오.

# 데이터 세트를 사용 중인 세션.
postgres-dataset-held = { $database }의 데이터 세트 { $dataset }을(를) { $holder }에서 사용 중입니다.
    .do = 끝날 때까지 기다리거나 그곳에서 중지하십시오. 사라진 컴퓨터의 세션은 서버가 2분 안에 해제합니다.
postgres-another-session = 다른 세션
postgres-holder = { $name }({ $place }{ $when }연결됨)
postgres-holder-from = { $address }에서{" "}
postgres-holder-since = { $since } UTC부터{" "}

# 그대로 읽고 쓸 수 없는 테이블.
postgres-table-not-granted = 사용자 { $user }에게 { $table } 테이블을 읽고 쓸 권한이 없습니다.
    .do = 소유자 { $owner }이(가) 다음을 실행해야 합니다: GRANT SELECT, INSERT, UPDATE, DELETE ON { $quoted } TO { $grantee }. 그다음 다시 실행하십시오.
postgres-row-level-security = 행 수준 보안이 { $table } 테이블의 행을 사용자 { $user }에게 숨기므로, 전체 복제본과 일부를 구별할 수 없습니다.
    .do = 소유자 { $owner }이(가) ALTER TABLE { $quoted } DISABLE ROW LEVEL SECURITY를 실행하거나 사용자에게 BYPASSRLS를 부여해야 합니다. 그다음 다시 실행하십시오.
postgres-table-has-heirs = 사용자가 만든 테이블이 { $table } 테이블을 상속하므로, 읽을 때 그 행도 함께 반환됩니다: { $heirs }.
    .do = ALTER TABLE { $first } NO INHERIT { $quoted }을(를) 실행하십시오. 그다음 다시 실행하십시오.

# 서버가 거부하는 것.
postgres-login-refused = { $database }에서 연결을 거부했습니다({ $said }).
    .do = 사용자가 그곳에 로그인할 수 있는지 확인하고, 비밀번호를 CHIMPLINE_DESTINATION_PASSWORD, PGPASSWORD 또는 ~/.pgpass로 전달하십시오. 설정의 대상에 저장할 수도 있습니다: chimpline destination NAME.
postgres-no-database = { $database }에서 연결을 거부했습니다({ $said }).
    .do = 데이터베이스를 만들거나(createdb) URL의 이름을 고치십시오.
postgres-no-connection = { $database }에서 연결을 거부했습니다({ $said }).
    .do = 서버가 실행 중인지, URL의 호스트와 포트가 올바른지 확인하십시오.
postgres-went-away = { $database }에 대한 연결이 끊어졌습니다({ $said }).
    .do = 서버가 정상인지 확인하고 다시 실행하십시오.
postgres-not-granted = { $database }에서 이 사용자에게 허용하지 않는 작업입니다({ $said }).
    .do = 소유자가 데이터베이스의 CREATE 권한, 또는 스키마와 테이블의 권한을 부여해야 합니다.
postgres-takes-no-writes = { $database }에 쓸 수 없습니다({ $said }).
    .do = URL에 대기 서버가 아니라 주 서버를 지정하십시오.
postgres-full = { $database }에 남은 공간이 없습니다({ $said }).
    .do = 그곳의 공간을 확보하고 다시 실행하십시오.
postgres-ended-session = { $database }에서 유휴 세션을 종료했습니다({ $said }).
    .do = 서버가 정상인지 확인하고 다시 실행하십시오.
postgres-session-in-the-way = { $database }의 다른 세션이 방해하고 있습니다({ $said }).
    .do = 그 세션이 끝난 다음 다시 실행하십시오.
postgres-something-depends = 교체해야 하는 것에 { $database }에서 사용자가 만든 개체가 의존합니다({ $said }).
    .do = 그 개체를 삭제하고 다시 실행한 다음, 다시 만드십시오.
