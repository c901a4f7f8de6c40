//! rumqttc as a contestant: `bench-rumqttc MODE QOS SIZE COUNT PORT`. Prints messages, CPU seconds and seconds as JSON.

use std::time::Instant;

use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::Outgoing;

fn cpu_seconds() -> f64 {
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    unsafe { libc::getrusage(libc::RUSAGE_SELF, &mut usage) };
    let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
    seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// Polls until `count` messages have left (QoS 0), were acknowledged (QoS 1), or came.
async fn until(events: &mut EventLoop, count: usize, mode: &str, qos: QoS) {
    let mut seen = 0;
    while seen < count {
        match events.poll().await.expect("the connection holds") {
            Event::Outgoing(Outgoing::Publish(_)) if mode == "pub" && qos == QoS::AtMostOnce => seen += 1,
            Event::Incoming(Packet::PubAck(_)) if mode == "pub" => seen += 1,
            Event::Incoming(Packet::Publish(_)) if mode == "recv" => seen += 1,
            _ => {}
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mode = args[1].as_str();
    let qos = if args[2] == "0" { QoS::AtMostOnce } else { QoS::AtLeastOnce };
    let size: usize = args[3].parse().unwrap();
    let count: usize = args[4].parse().unwrap();
    let port: u16 = args[5].parse().unwrap();
    let mut options = MqttOptions::new("rumqttc", "127.0.0.1", port);
    options.set_receive_maximum(Some(1000));
    options.set_outgoing_inflight_upper_limit(1000);
    let (client, mut events) = AsyncClient::new(options, 1000);
    let payload = vec![b'x'; size];
    if mode == "recv" {
        client.subscribe("bench/topic", qos).await.unwrap();
    } else {
        tokio::spawn(async move {
            for _ in 0..count + count / 4 {
                client.publish("bench/topic", qos, false, payload.clone()).await.unwrap();
            }
            std::future::pending::<()>().await;
        });
    }
    until(&mut events, count / 4, mode, qos).await;
    let (cpu, wall) = (cpu_seconds(), Instant::now());
    until(&mut events, count, mode, qos).await;
    println!(
        "{{\"messages\":{},\"cpuSeconds\":{},\"seconds\":{}}}",
        count,
        cpu_seconds() - cpu,
        wall.elapsed().as_secs_f64()
    );
}
