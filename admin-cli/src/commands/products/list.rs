use std::fmt;

use clap::Args;
use serde::Serialize;
use twclone_domain::shop::{Currency, Description, Price, Product, ProductName, Stock};
use twclone_domain::{Id, Limit, PageRequest};
use twclone_settings::Settings;

use crate::commands::pages::Writing;
use crate::failure::Failure;
use crate::opened;
use crate::output::Output;

/// List the products, newest first
///
/// Lists all of them. With --limit, lists one page, and ends with the cursor of the next one.
#[derive(Args)]
#[command(after_help = "Example:\n  twclone-admin products list --limit 50")]
pub(crate) struct List {
    /// Maximum number of products, 1 to 100
    #[arg(long, value_name = "NUMBER")]
    limit: Option<Limit>,
    /// Continue after the page that printed this cursor
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

impl List {
    /// Writes the list page by page.
    pub(crate) async fn run(&self, settings: &Settings, output: &mut Output) -> Result<(), Failure> {
        opened::existing(settings, async |installation| {
            let mut request = PageRequest { limit: self.limit.unwrap_or_default(), cursor: self.cursor.clone() };
            let mut writing = Writing::new(output, "products", heading());
            loop {
                // Nothing is written before the first page has been read, so that a bad cursor leaves no incomplete
                // document.
                let page = installation.shop.products(&request).await?;
                for product in page.items {
                    writing.add(&View::from(product))?;
                }
                request.cursor = page.next;
                if self.limit.is_some() || request.cursor.is_none() || writing.is_closed() {
                    return writing.end(request.cursor.as_deref());
                }
            }
        })
        .await
    }
}

#[derive(Serialize)]
struct View {
    id: Id,
    name: ProductName,
    description: Option<Description>,
    price: Price,
    currency: Currency,
    stock: Stock,
}

impl From<Product> for View {
    fn from(product: Product) -> Self {
        let Product { id, name, description, price, currency, stock, .. } = product;
        Self { id, name, description, price, currency, stock }
    }
}

fn heading() -> String {
    format!("{:<19}  {:>16}  {:>10}  name", "id", "price", "stock")
}

impl fmt::Display for View {
    /// Writes a line of the table, with the price in the currency's major unit.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, price, currency, stock, .. } = self;
        let unit = 10_i64.pow(currency.places());
        let (whole, part) = (price.get() / unit, price.get() % unit);
        let price = match currency.places() {
            0 => format!("{whole} {currency}"),
            places => format!("{whole}.{part:0width$} {currency}", width = places as usize),
        };
        write!(formatter, "{id:<19}  {price:>16}  {:>10}  {name}", stock.get())
    }
}
