use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;

use clap::Args;
use csv::ByteRecord;
use serde::Serialize;
use serde_json::Value;
use twclone_domain::shop::{Brought, Product};
use twclone_domain::{Error, Fault, Fields, Installation};
use twclone_settings::Settings;

use crate::failure::Failure;
use crate::output::Output;
use crate::progress::ProgressView;
use crate::rows::Rows;
use crate::{opened, source};

/// How many faults are reported at most.
const TOLD: usize = 100;

/// Create and update products from a CSV file
///
/// The first line names the columns: id, name, description, price, currency, stock. A price is a whole number in the
/// currency's minor unit: 1999 for 19.99 USD. All rows are checked before anything is written. Each product becomes
/// what its row says; other products stay. You can run it again.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin products import products.csv")]
pub(crate) struct Import {
    /// The CSV file; - for standard input
    file: PathBuf,
}

#[derive(Serialize)]
struct Answer {
    file: PathBuf,
    new: u64,
    changed: u64,
    unchanged: u64,
}

impl Import {
    /// Reads and checks the whole file, then writes the products.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        let products = self.read().map_err(|error| Failure::from(error).of_file(&self.file))?;
        opened::existing(settings, async |installation| {
            let answer = self.write(installation, &products).await?;
            output.answer(&answer)
        })
        .await
    }

    fn read(&self) -> Result<Vec<Product>, Error> {
        let text = source::read(&self.file)?;
        let mut rows = Rows::new(&text)?;
        let header = match rows.next()? {
            Some((line, row)) => {
                let names = texts(row).map_err(|fault| Error::invalid(format!("line {line}"), fault))?;
                names.into_iter().map(str::to_owned).collect::<Vec<_>>()
            }
            None => {
                return Err(Error::invalid(
                    "line 1",
                    "is missing; it must name the columns, such as id,name,price,currency,stock",
                ));
            }
        };
        let (mut products, mut ids, mut faults) = (Vec::new(), HashSet::new(), Vec::new());
        while let Some((line, row)) = rows.next()? {
            match texts(row).map_err(|fault| Error::invalid("", fault)).and_then(|row| product(&header, &row)) {
                Ok(product) if ids.insert(product.id) => products.push(product),
                Ok(product) => {
                    let text = format!("{} appears earlier in this file", product.id);
                    faults.push(Fault::new(format!("line {line}.id"), text));
                }
                Err(Error::Invalid(found)) => {
                    let placed = |fault: Fault| match fault.field.as_str() {
                        "" => Fault::new(format!("line {line}"), fault.message),
                        field => Fault::new(format!("line {line}.{field}"), fault.message),
                    };
                    faults.extend(found.into_iter().map(placed));
                }
                Err(error) => return Err(error),
            }
        }
        let more = faults.len().saturating_sub(TOLD);
        faults.truncate(TOLD);
        if more > 0 {
            faults.push(Fault::new("file", format!("has {more} more faults")));
        }
        if faults.is_empty() { Ok(products) } else { Err(Error::Invalid(faults)) }
    }

    async fn write(&self, installation: &Installation, products: &[Product]) -> Result<Answer, Failure> {
        let view = ProgressView::new();
        let administrator = installation.administrator();
        let mut answer = Answer { file: self.file.clone(), new: 0, changed: 0, unchanged: 0 };
        for (done, product) in (1..).zip(products) {
            match installation.shop.import(&administrator, product).await? {
                Brought::New => answer.new += 1,
                Brought::Changed => answer.changed += 1,
                Brought::Same => answer.unchanged += 1,
            }
            view.show_done("Importing products", done, products.len() as u64);
        }
        Ok(answer)
    }
}

/// Returns the fields of a row as text.
fn texts(row: &ByteRecord) -> Result<Vec<&str>, String> {
    row.iter().map(str::from_utf8).collect::<Result<_, _>>().map_err(|_| "is not UTF-8 text".to_owned())
}

/// Reads a product from a row. Empty fields count as missing.
fn product(header: &[String], row: &[&str]) -> Result<Product, Error> {
    if header.len() != row.len() {
        let fault = format!("has {} fields, but the first line names {} columns", row.len(), header.len());
        return Err(Error::invalid("", fault));
    }
    let mut fields = Fields::default();
    for (name, text) in header.iter().zip(row).filter(|(_, text)| !text.is_empty()) {
        fields.add(name.clone(), Value::String((*text).to_owned()));
    }
    Product::read(fields)
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, new, changed, unchanged } = self;
        write!(formatter, "{}: products: {new} new, {changed} changed, {unchanged} unchanged", source::shown(file))
    }
}
