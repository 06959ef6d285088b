//! Request bodies and query parameters. [`request!`] declares one once: its fields give the structure, the reader, and
//! the description in the OpenAPI document.

mod properties;
mod values;

use serde_json::Value as Json;
use twclone_domain::accounts::Part;
use twclone_domain::{Error, Fields};

pub(crate) use properties::{Property, about, parameters, schema};
pub(crate) use values::{LogInName, number, pattern, values};

/// A value: how it is read, and its JSON schema.
pub(crate) trait Value: Sized {
    /// Removes the field with this name and parses it. Records a fault if it is not valid.
    fn take(fields: &mut Fields, name: &str) -> Result<Option<Self>, Error>;

    fn schema() -> Json;

    /// Returns the value of a missing field, if there is a default.
    fn when_missing() -> Option<Self> {
        None
    }
}

/// A field of a request, or a group of fields that several requests share.
pub(crate) trait Field: Sized {
    /// Reads the field with this name. A group ignores the name.
    fn read(fields: &mut Fields, name: &str) -> Result<Self, Error>;

    /// Returns the property with this name, or those of a group. `about` has the description and the example.
    fn properties(name: &'static str, about: Json) -> Vec<Property>;
}

impl<T: Value> Field for T {
    fn read(fields: &mut Fields, name: &str) -> Result<Self, Error> {
        let value = T::take(fields, name)?.or_else(T::when_missing);
        value.ok_or_else(|| fields.fault(name, "is missing"))
    }

    fn properties(name: &'static str, about: Json) -> Vec<Property> {
        Property::of::<T>(name, T::when_missing().is_none(), about)
    }
}

impl<T: Value> Field for Option<T> {
    fn read(fields: &mut Fields, name: &str) -> Result<Self, Error> {
        T::take(fields, name)
    }

    fn properties(name: &'static str, about: Json) -> Vec<Property> {
        Property::of::<T>(name, false, about)
    }
}

/// Null removes the part.
impl<T: Value> Field for Part<T> {
    fn read(fields: &mut Fields, name: &str) -> Result<Self, Error> {
        let missing = if fields.is_null(name) { Self::Gone } else { Self::Same };
        Ok(T::take(fields, name)?.map_or(missing, Self::New))
    }

    fn properties(name: &'static str, about: Json) -> Vec<Property> {
        Property::of::<T>(name, false, about)
    }
}

/// A required value that may be in another part of the request. The schema of a single part does not require it.
pub(crate) struct InAnyPart<T>(pub(crate) T);

impl<T: Value> Field for InAnyPart<T> {
    fn read(fields: &mut Fields, name: &str) -> Result<Self, Error> {
        <T as Field>::read(fields, name).map(Self)
    }

    fn properties(name: &'static str, about: Json) -> Vec<Property> {
        Property::of::<T>(name, false, about)
    }
}

/// Reads a request that has these fields and no others. The error lists all faults.
pub(crate) fn read<T: Field>(mut fields: Fields) -> Result<T, Error> {
    let read = T::read(&mut fields, "");
    fields.end()?;
    read
}

/// Declares a request with the names of its fields on the wire, such as
///
/// ```text
/// request! {
///     /// A new message.
///     pub(super) struct SendMessage as "NewMessage" -> Draft {
///         /// The text.
///         #[example = "testing"]
///         "msg" | "message" => text: MessageText,
///         page: PageRequest,
///     }
/// }
/// ```
///
/// `as` gives the schema another name. `->` names the structure that is read; without it, the macro declares one. Names
/// after the first are aliases. A field without a name on the wire is a group. `SendMessage::read` reads the request.
macro_rules! request {
    (
        $(#[doc = $about:literal])* $vis:vis struct $name:ident $(as $schema:literal)? -> $target:ident {
            $($fields:tt)*
        }
    ) => {
        $(#[doc = $about])*
        $vis struct $name;

        $crate::requests::request! { @implement [$($about)*] $vis $name [$($schema)?] $target $($fields)* }
    };
    (
        $(#[doc = $about:literal])* $vis:vis struct $name:ident $(as $schema:literal)? {
            $($(#[doc = $doc:literal])* $(#[example = $example:literal])?
                $($wire:literal $(| $alias:literal)* =>)? $field:ident: $type:ty),* $(,)?
        }
    ) => {
        $(#[doc = $about])*
        $vis struct $name {
            $($(#[doc = $doc])* $vis $field: $type,)*
        }

        $crate::requests::request! {
            @implement [$($about)*] $vis $name [$($schema)?] $name
            $($(#[doc = $doc])* $(#[example = $example])? $($wire $(| $alias)* =>)? $field: $type),*
        }
    };
    (
        @implement [$($about:literal)*] $vis:vis $name:ident [$($schema:literal)?] $target:ident
        $($(#[doc = $doc:literal])* $(#[example = $example:literal])?
            $($wire:literal $(| $alias:literal)* =>)? $field:ident: $type:ty),* $(,)?
    ) => {
        impl $name {
            #[allow(dead_code, reason = "some requests are read as groups of others")]
            $vis fn read(fields: twclone_domain::Fields) -> Result<$target, twclone_domain::Error> {
                $crate::requests::read(fields)
            }
        }

        impl $crate::requests::Field for $target {
            fn read(fields: &mut twclone_domain::Fields, _: &str) -> Result<Self, twclone_domain::Error> {
                $($($(fields.rename($alias, $wire);)*)?)*
                $(let $field = <$type as $crate::requests::Field>::read(fields, concat!($($wire)?));)*
                Ok(Self { $($field: $field?),* })
            }

            fn properties(_: &'static str, _: serde_json::Value) -> Vec<$crate::requests::Property> {
                let properties = [$({
                    let about = $crate::requests::about(&[$($doc),*], &[$($example)?]);
                    <$type as $crate::requests::Field>::properties(concat!($($wire)?), about)
                }),*];
                properties.into_iter().flatten().collect()
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                $crate::requests::schema::<$target>(&[$($about),*])
            }
        }

        impl utoipa::ToSchema for $name {
            $(fn name() -> std::borrow::Cow<'static, str> {
                $schema.into()
            })?
        }

        impl utoipa::IntoParams for $name {
            fn into_params(
                _: impl Fn() -> Option<utoipa::openapi::path::ParameterIn>,
            ) -> Vec<utoipa::openapi::path::Parameter> {
                $crate::requests::parameters::<$target>()
            }
        }
    };
}
pub(crate) use request;
