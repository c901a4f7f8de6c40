// A program with the Rust crate `connect`, to talk with ours: `echo ADDRESS` sends back what comes, `send ADDRESS TAG WORD…` sends
// each word and prints tag and text of what comes back.

use async_std::task;
use connect::tcp::TcpListener;
use connect::{ConnectDatagram, Connection, SinkExt, StreamExt};

async fn echo(address: &str) {
    let mut listener = TcpListener::bind(address).await.expect("cannot listen");
    println!("listening");
    while let Some(mut connection) = listener.next().await {
        task::spawn(async move {
            while let Some(mut message) = connection.reader().next().await {
                let tag = message.recipient();
                let data = message.take_data().expect("no data");
                let copy = ConnectDatagram::new(tag, data).expect("no datagram");
                if connection.writer().send(copy).await.is_err() {
                    break;
                }
            }
        });
    }
}

async fn send(address: &str, tag: u16, words: &[String]) {
    let mut connection = Connection::tcp_client(address).await.expect("cannot connect");
    for word in words {
        let message = ConnectDatagram::new(tag, word.clone().into_bytes()).expect("no datagram");
        connection.writer().send(message).await.expect("cannot send");
        let mut answer = connection.reader().next().await.expect("no answer");
        let data = answer.take_data().expect("no data");
        println!("{} {}", answer.recipient(), String::from_utf8(data).expect("no text"));
    }
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    match args[1].as_str() {
        "echo" => task::block_on(echo(&args[2])),
        _ => task::block_on(send(&args[2], args[3].parse().expect("a tag"), &args[4..])),
    }
}
