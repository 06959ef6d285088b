use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};

use rustix::net::{AddressFamily, SocketFlags, SocketType};

use crate::Client;

/// Connects to a server from another local address, such as 127.0.0.9. The server sees a different client.
#[must_use]
pub fn connect_from(source: Ipv4Addr, server: &Client) -> TcpStream {
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None).unwrap();
    rustix::net::bind(&socket, &SocketAddrV4::new(source, 0)).unwrap();
    let address: SocketAddrV4 = server.address().trim_start_matches("http://").parse().unwrap();
    rustix::net::connect(&socket, &address).unwrap();
    socket.into()
}
