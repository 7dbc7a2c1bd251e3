; A task's entry with its catch pad, and two functions with something to clean up around a call of a
; fast path: one that stays a frame of its own and one that is inlined into the entry.

target triple = "x86_64-unknown-linux-gnu"

declare i32 @wyn_personality(...)
declare void @test_send(ptr)
declare void @test_cleanup(i32)

define void @outer(ptr %room) noinline uwtable personality ptr @wyn_personality {
  invoke void @inner(ptr %room) to label %done unwind label %cleanup
done:
  call void @test_cleanup(i32 1)
  ret void
cleanup:
  %raised = landingpad { ptr, i32 } cleanup
  call void @test_cleanup(i32 1)
  resume { ptr, i32 } %raised
}

define internal void @inner(ptr %room) uwtable personality ptr @wyn_personality {
  invoke void @test_send(ptr %room) to label %done unwind label %cleanup
done:
  call void @test_cleanup(i32 2)
  ret void
cleanup:
  %raised = landingpad { ptr, i32 } cleanup
  call void @test_cleanup(i32 2)
  resume { ptr, i32 } %raised
}

; Null, or the exception that ended the task.
define ptr @test_enter(ptr %room) uwtable personality ptr @wyn_personality {
  invoke void @outer(ptr %room) to label %done unwind label %caught
done:
  ret ptr null
caught:
  %raised = landingpad { ptr, i32 } catch ptr null
  %exception = extractvalue { ptr, i32 } %raised, 0
  ret ptr %exception
}
