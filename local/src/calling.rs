//! Which function is at work: on Lambda that is a process with a role of its own, here it is a task.

tokio::task_local! {
    static FUNCTION: &'static str;
}

/// Does a function's work.
pub async fn work_of<F: Future>(function: &'static str, work: F) -> F::Output {
    FUNCTION.scope(function, work).await
}

/// Returns the function whose work this is, if it is one's.
#[must_use]
pub fn function() -> Option<&'static str> {
    FUNCTION.try_with(|function| *function).ok()
}
