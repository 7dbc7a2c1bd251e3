//! Functions of floats: the system's mathematical library.

/// Functions of one float.
macro_rules! unary {
    ($($name:ident = $method:ident;)*) => {$(
        /// See the table.
        ///
        /// # Safety
        /// None is needed; every row is `unsafe`.
        #[unsafe(no_mangle)]
        pub unsafe extern "C-unwind" fn $name(x: f64) -> f64 {
            x.$method()
        }
    )*};
}

unary! {
    wyn_math_floor = floor;
    wyn_math_ceil = ceil;
    wyn_math_round = round;
    wyn_math_trunc = trunc;
    wyn_math_sin = sin;
    wyn_math_cos = cos;
    wyn_math_tan = tan;
    wyn_math_exp = exp;
    wyn_math_ln = ln;
    wyn_math_log10 = log10;
    wyn_math_log2 = log2;
}

/// See the table.
///
/// # Safety
/// None is needed; every row is `unsafe`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_math_atan2(y: f64, x: f64) -> f64 {
    y.atan2(x)
}

/// See the table.
///
/// # Safety
/// None is needed; every row is `unsafe`.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn wyn_math_pow(x: f64, y: f64) -> f64 {
    x.powf(y)
}
