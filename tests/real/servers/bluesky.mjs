// Bluesky's own servers, all on 127.0.0.1. Prints READY once everything answers.
import net from 'node:net'

// They listen on all addresses of the machine unless they are kept from it.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...given) {
  const [first, second, ...rest] = given
  if (first && typeof first === 'object' && 'port' in first) {
    return listen.call(this, { ...first, host: '127.0.0.1' }, second, ...rest)
  }
  if (/^\d+$/.test(String(first))) {
    const others = typeof second === 'string' ? rest : [second, ...rest]
    return listen.call(this, Number(first), '127.0.0.1', ...others.filter((one) => one !== undefined))
  }
  return listen.apply(this, given)
}

const { TestNetwork, mockMailer } = await import('@atproto/dev-env')
const network = await TestNetwork.create({
  pds: { port: Number(process.env.PORT), hostname: 'localhost', enableDidDocWithSession: true },
  bsky: { dbPostgresSchema: 'bsky' },
})
mockMailer(network.pds)
console.log('READY')
