# 비밀 값과 그것이 입력된 호스트.
host-of-mailchimp = Mailchimp
secret-of-another-host = { $name } 연결의 비밀 값은 { $given } 주소를 위해 입력되었지만, 현재 설정의 주소는 { $now }입니다. 새 주소로 보내지 않습니다.
    .do = 새 주소가 올바르다면 콘솔에서 또는 chimpline connect { $name } 명령으로 다시 로그인하십시오. 올바르지 않다면 이전 주소를 쓰십시오.
secret-not-for-this-host = 환경 변수에 { $name } 연결의 비밀 값이 있지만, 그 주소는 콘솔에서 지정되었습니다. 비밀 값을 그곳으로 보내지 않습니다.
    .do = 콘솔에서 또는 chimpline connect { $name } 명령으로 로그인하십시오. 또는 설정 파일의 다른 연결 아래에 주소를 쓰십시오.
destination-secret-of-another-host = { $name } 대상의 비밀번호는 { $given } 주소를 위해 입력되었지만, 현재 설정의 주소는 { $now }입니다. 새 주소로 보내지 않습니다.
    .do = 새 주소가 올바르다면 콘솔에서 또는 chimpline destination { $name } 명령으로 비밀번호를 다시 입력하십시오. 올바르지 않다면 이전 주소를 쓰십시오.
