extract-record-no-object = { $table } 테이블의 레코드 하나에 대한 응답이 객체가 아닙니다.
extract-answer-of-another-form = { $table } 테이블에 대한 응답의 형식이 다릅니다: { $reason }.
extract-answer-not-whole = 응답이 완전한 JSON이 아닙니다: { $reason }.
extract-nested-too-deeply = { $table } 테이블의 레코드가 너무 깊게 중첩되어 읽을 수 없습니다.
