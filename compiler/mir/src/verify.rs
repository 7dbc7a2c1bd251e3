//! Checks what each phase promises.
