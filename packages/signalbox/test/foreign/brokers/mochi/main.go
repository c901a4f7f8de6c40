// A broker by Mochi for the tests: no user of this name, none of these topics, a largest packet.
// main PLAIN SECURE WEB CERT KEY USER TOPICS PACKET
package main

import (
	"crypto/tls"
	"log"
	"os"
	"os/signal"
	"strconv"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	plain, secure, web, cert, key := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	user, topics := os.Args[6], os.Args[7]
	packet, err := strconv.Atoi(os.Args[8])
	must(err)
	capabilities := mqtt.NewDefaultServerCapabilities()
	capabilities.MaximumClientWritesPending = 100_000
	capabilities.MaximumInflight = 60_000
	capabilities.MaximumPacketSize = uint32(packet)
	server := mqtt.New(&mqtt.Options{Capabilities: capabilities})
	rules := &auth.Ledger{
		Auth: auth.AuthRules{{Username: auth.RString(user), Allow: false}, {Allow: true}},
		ACL:  auth.ACLRules{{Filters: auth.Filters{auth.RString(topics + "/#"): auth.Deny}}},
	}
	must(server.AddHook(new(auth.Hook), &auth.Options{Ledger: rules}))
	pair, err := tls.LoadX509KeyPair(cert, key)
	must(err)
	must(server.AddListener(listeners.NewTCP(listeners.Config{ID: "plain", Address: "127.0.0.1:" + plain})))
	must(server.AddListener(listeners.NewTCP(listeners.Config{ID: "secure", Address: "127.0.0.1:" + secure, TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}}})))
	must(server.AddListener(listeners.NewWebsocket(listeners.Config{ID: "web", Address: "127.0.0.1:" + web})))
	must(server.Serve())
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, os.Interrupt)
	<-asked
}
